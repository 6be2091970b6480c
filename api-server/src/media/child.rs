//! `phasma-api decode`: one picture from standard input to standard output, as `wire` frames it, then the end.
//!
//! Must run before the program starts threads or a runtime: the limits are for this process as it decodes.

use std::{
    fs,
    io::{self, Read, Write},
};

use phasma_domain::media::MAX_BYTES;
use phasma_media::{Picture, Refusal};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::wire;

/// Address space: a picture of 50 megapixels with its largest copy, the upload, and the program.
const MAX_MEMORY: u64 = 768 * 1024 * 1024;
/// Seconds of processor time, behind the parent's own clock.
const MAX_SECONDS: u64 = 20;

/// Limits the process, then decodes. Success means that a whole answer was written, a refusal included.
pub fn run() -> io::Result<()> {
    limit()?;
    answer(io::stdin().lock(), io::stdout().lock())
}

/// Takes from the process what it does not need. None of it can be taken back.
fn limit() -> io::Result<()> {
    let limits =
        [(Resource::As, MAX_MEMORY), (Resource::Cpu, MAX_SECONDS), (Resource::Core, 0), (Resource::Fsize, 0)];
    for (resource, value) in limits {
        setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?;
    }
    // When the machine runs out of memory this process goes, not the server. Only a wish: not every sandbox has it.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}

fn answer(from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut upload = Vec::new();
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut upload)?;
    wire::write(&mut to, &process(&upload))
}

fn process(upload: &[u8]) -> Result<Picture, Refusal> {
    if upload.len() > MAX_BYTES {
        return Err(Refusal::TooManyBytes);
    }
    phasma_media::render(&phasma_media::decode(upload)?)
}
