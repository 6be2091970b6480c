use std::io::Cursor;

use image::{ColorType, DynamicImage, ImageFormat};
use proptest::prelude::*;

use super::*;

fn claim(bytes: &[u8]) -> Result<u64, Refusal> {
    inspect(&mut Cursor::new(bytes)).map_err(|error| match error {
        InspectError::Refused(refusal) => refusal,
        InspectError::Io(error) => panic!("reading from memory failed: {error}"),
    })
}

fn png_header(width: u32, height: u32) -> Vec<u8> {
    let ihdr = [b"IHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0d".as_slice(), &ihdr, &[0; 4]].concat()
}

#[test]
fn the_header_alone_decides() {
    assert_eq!(claim(&png_header(640, 480)), Ok(640 * 480));
    assert_eq!(claim(b"GIF89a\x80\x02\xe0\x01\0\0\0"), Ok(640 * 480));
}

#[test]
fn every_format_tells_its_size() {
    let picture = DynamicImage::new(60, 40, ColorType::Rgb8);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        assert_eq!(claim(bytes.get_ref()), Ok(2400), "{format:?}");
    }
    let lossy = webp::Encoder::from_rgb(picture.as_bytes(), 60, 40).encode(80.0);
    assert_eq!(claim(&lossy), Ok(2400));
}

#[test]
fn bombs_are_refused_by_their_claim() {
    assert_eq!(claim(&png_header(60_000, 60_000)), Err(Refusal::TooManyPixels));
    assert_eq!(claim(&png_header(u32::MAX, u32::MAX)), Err(Refusal::TooManyPixels));
    assert_eq!(claim(b"GIF89a\xff\xff\xff\xff\0\0\0"), Err(Refusal::TooManyPixels));
}

#[test]
fn fifty_megapixels_are_the_limit() {
    assert_eq!(checked_pixels(10_000, 5_000), Ok(50_000_000));
    assert_eq!(checked_pixels(10_000, 5_001), Err(Refusal::TooManyPixels));
    assert_eq!(checked_pixels(u64::MAX, 2), Err(Refusal::TooManyPixels));
    assert_eq!(checked_pixels(0, 5), Err(Refusal::Damaged));
}

#[test]
fn other_files_are_not_pictures() {
    for file in [
        "",
        "<html><script>alert(1)</script>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "PK\x03\x04......",
    ] {
        assert_eq!(claim(file.as_bytes()), Err(Refusal::NotAPicture), "{file:?}");
    }
}

#[test]
fn a_cut_header_is_damage() {
    for cut in [b"\x89PNG\r\n\x1a\n".as_slice(), b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 "] {
        assert_eq!(claim(cut), Err(Refusal::Damaged), "{cut:x?}");
    }
}

proptest! {
    /// Whatever follows a real signature, the answer is a number within the limit or a refusal.
    #[test]
    fn no_header_breaks_it(
        signature in prop::sample::select(vec![
            b"\xff\xd8\xff".as_slice(), b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x40\0\0\0WEBP", b"RIFF\x40\0\0\0WEBPVP8X",
            b"RIFF\x40\0\0\0WEBPVP8 ", b"RIFF\x40\0\0\0WEBPVP8L", b"",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..512),
    ) {
        if let Ok(pixels) = claim(&[signature, &rest].concat()) {
            prop_assert!((1..=MAX_PIXELS).contains(&pixels));
        }
    }
}
