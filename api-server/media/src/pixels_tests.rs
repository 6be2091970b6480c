use image::{
    ExtendedColorType, ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage,
    codecs::{gif::GifEncoder, jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
};
use moxcms::ColorProfile;
use proptest::prelude::*;

use super::*;

const RED: [u8; 3] = [250, 10, 10];
const BLUE: [u8; 3] = [10, 10, 250];

/// 24 x 16, red on the left and blue on the right.
fn halves() -> RgbImage {
    RgbImage::from_fn(24, 16, |x, _| Rgb(if x < 12 { RED } else { BLUE }))
}

fn jpeg(exif: Option<Vec<u8>>, icc: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    if let Some(icc) = icc {
        encoder.set_icc_profile(icc).unwrap();
    }
    encoder.write_image(&halves(), 24, 16, ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// The smallest TIFF structure that says how a picture is turned.
fn exif(orientation: u8) -> Vec<u8> {
    let entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
    [b"II*\0\x08\0\0\0\x01\0".as_slice(), &entry, &[0; 4]].concat()
}

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
    bytes
}

fn near(picture: &DynamicImage, x: u32, y: u32, expected: [u8; 3]) {
    let found = picture.to_rgb8().get_pixel(x, y).0;
    let off = found.iter().zip(expected).map(|(a, b)| a.abs_diff(b)).max();
    assert!(off < Some(24), "{found:?} at {x},{y} is not {expected:?}");
}

#[test]
fn every_format_decodes() {
    let image = DynamicImage::from(halves());
    let (mut gif, mut webp) = (Vec::new(), Vec::new());
    GifEncoder::new(&mut gif).encode(&halves(), 24, 16, ExtendedColorType::Rgb8).unwrap();
    image.write_with_encoder(WebPEncoder::new_lossless(&mut webp)).unwrap();
    for upload in [jpeg(None, None), png(&image), gif, webp] {
        let picture = decode(&upload).unwrap();
        assert_eq!((picture.width(), picture.height()), (24, 16));
        near(&picture, 2, 8, RED);
        near(&picture, 21, 8, BLUE);
    }
}

#[test]
fn pictures_stand_upright() {
    // 6: the camera was turned left, so the picture must turn right; what was left comes on top.
    let picture = decode(&jpeg(Some(exif(6)), None)).unwrap();
    assert_eq!((picture.width(), picture.height()), (16, 24));
    near(&picture, 8, 2, RED);
    near(&picture, 8, 21, BLUE);
    near(&decode(&jpeg(Some(exif(3)), None)).unwrap(), 2, 8, BLUE);
    near(&decode(&jpeg(Some(b"nonsense".to_vec()), None)).unwrap(), 2, 8, RED);
}

#[test]
fn embedded_profiles_are_applied() {
    let profile = ColorProfile::new_adobe_rgb().encode().unwrap();
    let plain = decode(&jpeg(None, None)).unwrap().to_rgb8().get_pixel(2, 8).0;
    let managed = decode(&jpeg(None, Some(profile))).unwrap().to_rgb8().get_pixel(2, 8).0;
    assert_ne!(plain, managed);
}

#[test]
fn transparency_is_kept_where_there_is_any() {
    let clear = RgbaImage::from_pixel(8, 8, Rgba([1, 2, 3, 100]));
    let solid = RgbaImage::from_pixel(8, 8, Rgba([1, 2, 3, 255]));
    assert!(decode(&png(&clear.into())).unwrap().color().has_alpha());
    assert!(!decode(&png(&solid.into())).unwrap().color().has_alpha());
}

#[test]
fn deep_and_grey_pictures_become_eight_bit_rgb() {
    let deep = DynamicImage::new(8, 8, image::ColorType::Rgb16);
    let grey = DynamicImage::new(8, 8, image::ColorType::L8);
    let grey_deep = DynamicImage::new(8, 8, image::ColorType::L16);
    for image in [deep, grey, grey_deep] {
        assert_eq!(decode(&png(&image)).unwrap().color(), image::ColorType::Rgb8);
    }
}

#[test]
fn large_pictures_shrink() {
    let picture = decode(&png(&DynamicImage::new(5120, 40, image::ColorType::Rgb8))).unwrap();
    assert_eq!((picture.width(), picture.height()), (MAX_SIDE, 20));
}

#[test]
fn cut_files_are_damage() {
    let image = DynamicImage::from(halves());
    let mut webp = Vec::new();
    image.write_with_encoder(WebPEncoder::new_lossless(&mut webp)).unwrap();
    // The camera's thumbnail has an end marker; it must not pass for the picture's.
    let thumbnail = [b"Exif\0\0".as_slice(), &jpeg(None, None)].concat();
    for whole in [jpeg(None, None), jpeg(Some(thumbnail), None), png(&image), webp] {
        assert!(decode(&whole).is_ok());
        assert_eq!(decode(&whole[..whole.len() * 9 / 10]), Err(Refusal::Damaged));
    }
}

#[test]
fn whatever_follows_the_picture_does_not_matter() {
    let polyglot = [jpeg(None, None), b"PK\x03\x04 \xff\xda <script>".to_vec()].concat();
    assert!(decode(&polyglot).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A flipped byte may change the picture or spoil it; it never gets through the limits.
    #[test]
    fn damage_is_an_answer(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut upload = jpeg(Some(exif(6)), None);
        let at = at.index(upload.len());
        upload[at] = value;
        if let Ok(picture) = decode(&upload) {
            prop_assert!(picture.width() <= MAX_SIDE && picture.height() <= MAX_SIDE);
        }
    }
}
