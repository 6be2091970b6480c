//! From the bytes of an upload to an upright picture: 8 bits a channel, sRGB, at most [`MAX_SIDE`] pixels long.
//!
//! The large copy is shrunk before anything else is made of it, so memory peaks at the decoded picture itself.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, error::LimitErrorKind,
    metadata::Orientation,
};
use phasma_domain::media::Format;

use crate::{Refusal, colour, inspect::checked_pixels, scale};

/// Longest side of a stored picture. Twice what the widest layout shows, for dense screens.
pub(crate) const MAX_SIDE: u32 = 2560;
/// What a decoder may allocate: 50 megapixels of 16-bit RGBA.
const MAX_ALLOCATION: u64 = 400_000_000;

/// Decodes `upload`; of an animation the first frame.
pub fn decode(upload: &[u8]) -> Result<DynamicImage, Refusal> {
    let format = Format::sniff(upload).ok_or(Refusal::NotAPicture)?;
    if format == Format::Jpeg && !ends_properly(upload) {
        return Err(Refusal::Damaged);
    }
    let mut reader = ImageReader::with_format(Cursor::new(upload), image_format(format));
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    checked_pixels(width.into(), height.into())?;
    // Broken metadata is no reason to refuse a picture that shows.
    let profile = decoder.icc_profile().ok().flatten();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    let small = scale::within(eight_bits(decoded), MAX_SIDE).map_err(|_| Refusal::TooComplex)?;
    let mut picture = colour::to_srgb(rgb(small), profile.as_deref());
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION);
    limits
}

fn image_format(format: Format) -> ImageFormat {
    match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Gif => ImageFormat::Gif,
        Format::WebP => ImageFormat::WebP,
    }
}

fn refusal(error: &ImageError) -> Refusal {
    match error {
        ImageError::Limits(limit) if matches!(limit.kind(), LimitErrorKind::DimensionError) => {
            Refusal::TooManyPixels
        }
        ImageError::Limits(_) => Refusal::TooComplex,
        _ => Refusal::Damaged,
    }
}

/// Drops deeper channels, which nothing downstream keeps.
fn eight_bits(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageLuma16(_) => image.into_luma8().into(),
        DynamicImage::ImageLumaA16(_) => image.into_luma_alpha8().into(),
        DynamicImage::ImageRgb16(_) => image.into_rgb8().into(),
        DynamicImage::ImageRgba16(_) => image.into_rgba8().into(),
        other => other,
    }
}

/// RGB, or RGBA where something really is transparent.
fn rgb(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image.into_rgb8().into();
    }
    let image = image.into_rgba8();
    if image.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        return DynamicImage::from(image).into_rgb8().into();
    }
    image.into()
}

/// Whether a JPEG's picture data is closed by an end marker. The decoder fills what is missing with grey, so a
/// broken transfer would otherwise pass. Walks the segments before the data, since the thumbnail that cameras
/// embed there has an end marker of its own.
fn ends_properly(jpeg: &[u8]) -> bool {
    let mut rest = jpeg.get(2..).unwrap_or_default();
    loop {
        match rest {
            [0xff, 0xda, data @ ..] => return data.windows(2).any(|pair| pair == [0xff, 0xd9]),
            // Fill bytes, and markers without a body.
            [0xff, 0xff, ..] => rest = &rest[1..],
            [0xff, 0x01 | 0xd0..=0xd8, after @ ..] => rest = after,
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                let Some(after) = rest.get(2 + length..) else { return false };
                rest = after;
            }
            // Stray bytes between segments, which decoders skip.
            [_, after @ ..] => rest = after,
            [] => return false,
        }
    }
}

#[cfg(test)]
#[path = "pixels_tests.rs"]
mod tests;
