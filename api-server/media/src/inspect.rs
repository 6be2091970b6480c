//! The header of an upload: format and size, read without decoding and without trusting name or MIME type.

use std::io::{self, BufRead, Read, Seek};

use imagesize::ImageError;
use phasma_domain::media::{Format, MAX_PIXELS};

use crate::Refusal;

/// Bytes that tell the format.
const HEAD: u64 = 12;

#[derive(Debug, thiserror::Error)]
/// Why an upload goes no further.
pub enum InspectError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Returns the number of pixels the header claims; refuses anything but a picture within the limit.
pub fn inspect(reader: &mut (impl BufRead + Seek)) -> Result<u64, InspectError> {
    let mut head = Vec::new();
    reader.by_ref().take(HEAD).read_to_end(&mut head)?;
    Format::sniff(&head).ok_or(Refusal::NotAPicture)?;
    reader.rewind()?;
    let size = imagesize::reader_size(reader).map_err(|error| match error {
        // Its own complaints about the content come as I/O errors too, but only the system's have a number.
        ImageError::IoError(error) if error.raw_os_error().is_some() => InspectError::Io(error),
        _ => Refusal::Damaged.into(),
    })?;
    Ok(checked_pixels(size.width as u64, size.height as u64)?)
}

/// `width * height`, when that is between one and the limit.
pub(crate) fn checked_pixels(width: u64, height: u64) -> Result<u64, Refusal> {
    match width.checked_mul(height) {
        Some(0) => Err(Refusal::Damaged),
        Some(pixels) if pixels <= MAX_PIXELS => Ok(pixels),
        _ => Err(Refusal::TooManyPixels),
    }
}

#[cfg(test)]
#[path = "inspect_tests.rs"]
mod tests;
