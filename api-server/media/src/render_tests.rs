use image::{Rgba, RgbaImage};

use super::*;

fn gradient(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x / 8) as u8, (y / 8) as u8, 90])).into()
}

fn sizes(picture: &Picture) -> Vec<(Variant, u32)> {
    let width = |object: &Object| image::load_from_memory(&object.bytes).unwrap().width();
    picture.objects.iter().map(|object| (object.variant, width(object))).collect()
}

#[test]
fn renditions_are_never_larger_than_the_picture() {
    let picture = render(&gradient(700, 100)).unwrap();
    assert_eq!((picture.width, picture.height), (700, 100));
    let expected =
        [(Variant::Full, 700), (Variant::WebP(320), 320), (Variant::WebP(640), 640), (Variant::Preview, 700)];
    assert_eq!(sizes(&picture), expected);
}

#[test]
fn a_large_picture_has_every_rendition() {
    let picture = render(&gradient(2000, 40)).unwrap();
    assert_eq!(picture.objects.len(), Variant::all().count());
    assert!(sizes(&picture).contains(&(Variant::Preview, PREVIEW_WIDTH)));
}

#[test]
fn a_single_pixel_is_a_picture() {
    let picture = render(&gradient(1, 1)).unwrap();
    assert_eq!(sizes(&picture), [(Variant::Full, 1), (Variant::Preview, 1)]);
}

#[test]
fn objects_are_what_their_names_say() {
    let picture = render(&gradient(400, 300)).unwrap();
    for object in picture.objects {
        let expected = if object.variant == Variant::Preview {
            image::ImageFormat::Jpeg
        } else {
            image::ImageFormat::WebP
        };
        assert_eq!(image::guess_format(&object.bytes).unwrap(), expected);
    }
}

#[test]
fn previews_lie_on_white() {
    let clear = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0])).into();
    let picture = render(&clear).unwrap();
    let preview = picture.objects.iter().find(|object| object.variant == Variant::Preview).unwrap();
    let pixel = image::load_from_memory(&preview.bytes).unwrap().to_rgb8().get_pixel(8, 8).0;
    assert!(pixel.iter().all(|channel| *channel > 250), "{pixel:?}");
    assert!(image::load_from_memory(&picture.objects[0].bytes).unwrap().color().has_alpha());
}

#[test]
fn placeholders_know_shape_and_colour() {
    let hash = render(&gradient(400, 200)).unwrap().thumbhash;
    assert!(hash.len() <= 25);
    let (width, height, _) = fast_thumbhash::thumb_hash_to_rgba(&hash).unwrap();
    assert!(width > height);
}
