//! The last words of a job, where Kubernetes picks them up for whoever looks.

use std::{fs, path::Path};

/// The default of a container's `terminationMessagePath`.
const PATH: &str = "/dev/termination-log";
/// Kubernetes keeps this much.
const MAX_BYTES: usize = 4096;

/// Leaves `message` behind; outside Kubernetes the file isn't there and nothing happens.
pub fn write(message: &str) {
    if Path::new(PATH).exists() {
        let end = message.floor_char_boundary(MAX_BYTES);
        if let Err(error) = fs::write(PATH, &message[..end]) {
            tracing::warn!(%error, "the termination message could not be written");
        }
    }
}
