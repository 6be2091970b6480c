//! Why a picture is not taken, in words for the person who sent it.

use phasma_domain::media::{MAX_BYTES, MAX_PIXELS};
use serde::{Deserialize, Serialize};

/// A property of the upload itself: sending the same file again gets the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    #[error("The file is larger than {} MB.", MAX_BYTES / (1024 * 1024))]
    TooManyBytes,
    #[error("The file is not a JPEG, PNG, GIF or WebP picture.")]
    NotAPicture,
    #[error("The picture has more than {} megapixels.", MAX_PIXELS / 1_000_000)]
    TooManyPixels,
    #[error("The picture is damaged and can't be read.")]
    Damaged,
    #[error("The picture takes too much time or memory to decode.")]
    TooComplex,
}
