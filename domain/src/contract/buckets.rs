//! Object storage.

/// Default name of the bucket that holds every picture.
pub const MEDIA: &str = "phasma-media";
