//! Real pictures, and files that pretend to be some.

use std::io::Cursor;

use image::{
    DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, RgbImage, codecs::jpeg::JpegEncoder,
};

/// Goes into the metadata of [`turned_jpeg`].
pub(crate) const SECRET: &[u8] = b"47.3769 N 8.5417 E";

fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        [(x * 255 / width) as u8, (y * 255 / height) as u8, (x ^ y) as u8].into()
    })
}

pub(crate) fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(gradient(width, height)).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(crate) fn decoded(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

/// A JPEG that says it is to be turned by a quarter, and where it was taken.
pub(crate) fn turned_jpeg(width: u32, height: u32) -> Vec<u8> {
    let orientation = [0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0];
    let exif = [b"II*\0\x08\0\0\0\x01\0".as_slice(), &orientation, &[0; 4], SECRET].concat();
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(&gradient(width, height), width, height, ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// A small PNG file whose header claims 50,000 by 50,000 pixels.
pub(crate) fn bomb() -> Vec<u8> {
    let mut bytes = encoded(8, 8, ImageFormat::Png);
    for at in [16, 20] {
        bytes[at..at + 4].copy_from_slice(&50_000_u32.to_be_bytes());
    }
    bytes
}
