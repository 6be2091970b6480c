//! The stored objects of a picture: itself, smaller renditions for `srcset`, a JPEG for previews elsewhere, and a
//! placeholder of about 25 bytes.

use image::{DynamicImage, ExtendedColorType, ImageEncoder, Rgb, RgbImage, codecs::jpeg::JpegEncoder};
use phasma_domain::media::{PREVIEW_WIDTH, RENDITION_WIDTHS, Variant};
use webp::{Encoder, WebPConfig};

use crate::{Refusal, scale};

/// Where artefacts of photographs stop showing at normal size; about 0.3 MB for a full picture.
const WEBP_QUALITY: f32 = 82.0;
/// libwebp's effort, 0 to 6. Four costs half as much again as three and saves some 2 % of bytes.
const WEBP_METHOD: i32 = 3;
const JPEG_QUALITY: u8 = 82;
/// Longest side the placeholder is computed from; the hash keeps far less.
const PLACEHOLDER_SIDE: u32 = 100;

/// A picture ready for storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Size of the full picture, upright.
    pub width: u32,
    pub height: u32,
    /// <https://evanw.github.io/thumbhash/>
    pub thumbhash: Vec<u8>,
    /// The full picture first.
    pub objects: Vec<Object>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub variant: Variant,
    pub bytes: Vec<u8>,
}

/// Encodes every object of `image`. An error means that memory ran out.
pub fn render(image: &DynamicImage) -> Result<Picture, Refusal> {
    let mut objects = vec![Object { variant: Variant::Full, bytes: webp(image)? }];
    for width in RENDITION_WIDTHS.into_iter().filter(|width| *width < image.width()) {
        objects.push(Object { variant: Variant::WebP(width), bytes: webp(&smaller(image, width)?)? });
    }
    let preview = opaque(&smaller(image, PREVIEW_WIDTH)?);
    objects.push(Object { variant: Variant::Preview, bytes: jpeg(&preview)? });
    Ok(Picture { width: image.width(), height: image.height(), thumbhash: thumbhash(image)?, objects })
}

fn smaller(image: &DynamicImage, width: u32) -> Result<DynamicImage, Refusal> {
    scale::to_width(image, width).map_err(|_| Refusal::TooComplex)
}

fn webp(image: &DynamicImage) -> Result<Vec<u8>, Refusal> {
    let mut config = WebPConfig::new().map_err(|()| Refusal::TooComplex)?;
    config.quality = WEBP_QUALITY;
    config.method = WEBP_METHOD;
    let (width, height) = (image.width(), image.height());
    let encoder = match image {
        DynamicImage::ImageRgba8(pixels) => Encoder::from_rgba(pixels, width, height),
        DynamicImage::ImageRgb8(pixels) => Encoder::from_rgb(pixels, width, height),
        _ => return Err(Refusal::Damaged),
    };
    encoder.encode_advanced(&config).map(|bytes| bytes.to_vec()).map_err(|_| Refusal::TooComplex)
}

fn jpeg(image: &RgbImage) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
        .write_image(image, image.width(), image.height(), ExtendedColorType::Rgb8)
        .map_err(|_| Refusal::TooComplex)?;
    Ok(bytes)
}

/// Lays a transparent picture on white, the ground that JPEG can't leave out.
fn opaque(image: &DynamicImage) -> RgbImage {
    let DynamicImage::ImageRgba8(pixels) = image else { return image.to_rgb8() };
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [r, g, b, alpha] = pixels.get_pixel(x, y).0.map(u16::from);
        Rgb([r, g, b].map(|colour| ((colour * alpha + 255 * (255 - alpha)) / 255) as u8))
    })
}

fn thumbhash(image: &DynamicImage) -> Result<Vec<u8>, Refusal> {
    let tiny = scale::within(image.clone(), PLACEHOLDER_SIDE).map_err(|_| Refusal::TooComplex)?.into_rgba8();
    Ok(fast_thumbhash::rgba_to_thumb_hash(tiny.width() as usize, tiny.height() as usize, &tiny))
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
