//! Runs one decoding child per upload, and bounds how many: waiting, at once, and for how long.

use std::{
    fs::File,
    io::{self, BufReader, Seek},
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use tokio::{
    io::AsyncReadExt,
    process::Command,
    sync::{Semaphore, SemaphorePermit},
    task, time,
};

use phasma_media::{InspectError, Picture, Refusal, inspect};

use super::wire;

/// Megapixels being decoded at once. One child of 50 may use 768 MiB, so this is also the bound of their memory.
const MEGAPIXELS: u32 = 64;
/// Uploads that wait or are being decoded; more are turned away at once.
const PLACES: usize = 32;
/// How long an upload waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a child may take.
const TIME: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The upload's own fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many uploads at once; later there may be room.
    #[error("too many pictures are being decoded")]
    Busy,
    /// The child could not be started or talked to.
    #[error("the picture decoder is unavailable")]
    Unavailable(#[from] io::Error),
}

/// The picture decoder of one server. Clones share its bounds.
#[derive(Debug, Clone)]
pub struct Decoder {
    program: PathBuf,
    places: Arc<Semaphore>,
    megapixels: Arc<Semaphore>,
}

impl Decoder {
    /// Decodes by `program decode`: the server's own executable, which tests name themselves.
    pub fn new(program: PathBuf) -> Self {
        let megapixels = Arc::new(Semaphore::new(MEGAPIXELS as usize));
        Self { program, places: Arc::new(Semaphore::new(PLACES)), megapixels }
    }

    /// Decodes the picture in `upload`. Dropping the future ends the child.
    pub async fn decode(&self, upload: File) -> Result<Picture, DecodeError> {
        let _place = self.places.try_acquire().map_err(|_| DecodeError::Busy)?;
        let (upload, pixels) = read_header(upload).await?;
        let _turn = self.turn(pixels).await?;
        let answer = time::timeout(TIME, self.run(upload)).await.map_err(|_| Refusal::TooComplex)??;
        Ok(answer?)
    }

    /// Waits for room for `pixels`; at least one processor's share, so that there are no more children than those.
    async fn turn(&self, pixels: u64) -> Result<SemaphorePermit<'_>, DecodeError> {
        let processors = thread::available_parallelism().map_or(1, |n| n.get() as u32);
        let share = (MEGAPIXELS / processors).max(1);
        let weight = u32::try_from(pixels.div_ceil(1_000_000)).unwrap_or(MEGAPIXELS).clamp(share, MEGAPIXELS);
        let turn = time::timeout(PATIENCE, self.megapixels.acquire_many(weight)).await;
        turn.ok().and_then(Result::ok).ok_or(DecodeError::Busy)
    }

    async fn run(&self, upload: File) -> io::Result<Result<Picture, Refusal>> {
        let mut child = Command::new(&self.program)
            .arg("decode")
            // None of the server's secrets.
            .env_clear()
            // The allocator's habit of reserving a gigabyte ahead would use up the address space at once.
            .env("MIMALLOC_ARENA_RESERVE", "0")
            .stdin(Stdio::from(upload))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let mut answer = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            stdout.take(wire::MAX_ANSWER).read_to_end(&mut answer).await?;
        }
        let status = child.wait().await?;
        match wire::read(answer.as_slice()) {
            Ok(answer) => Ok(answer),
            Err(error) if ended_by_picture(status) => {
                tracing::warn!(%status, %error, "a picture ended its decoder");
                Ok(Err(Refusal::TooComplex))
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether the child was ended by a signal (out of memory, out of time) or a panic, rather than its surroundings.
fn ended_by_picture(status: ExitStatus) -> bool {
    const PANIC: i32 = 101;
    status.code().is_none_or(|code| code == PANIC)
}

/// Reads the header on a thread where waiting and panics do no harm; returns the file at its start.
async fn read_header(upload: File) -> Result<(File, u64), DecodeError> {
    let header = task::spawn_blocking(move || {
        let mut reader = BufReader::new(upload);
        reader.rewind()?;
        let pixels = inspect(&mut reader)?;
        reader.rewind()?;
        Ok((reader.into_inner(), pixels))
    });
    match header.await {
        Ok(Ok(header)) => Ok(header),
        Ok(Err(InspectError::Refused(refusal))) => Err(refusal.into()),
        Ok(Err(InspectError::Io(error))) => Err(error.into()),
        Err(_panic) => Err(Refusal::Damaged.into()),
    }
}
