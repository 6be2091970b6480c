//! Colours to sRGB. The stored files carry no profile, so what they mean must be what every viewer assumes.

use image::{DynamicImage, ImageBuffer, Pixel};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Converts an RGB or RGBA picture from its embedded `profile`. A profile that can't be used, or that is for
/// another colour space than the decoder's output (CMYK, grey), is left out, as browsers do.
pub(crate) fn to_srgb(image: DynamicImage, profile: Option<&[u8]>) -> DynamicImage {
    let Some(source) = profile.and_then(|bytes| ColorProfile::new_from_slice(bytes).ok()) else {
        return image;
    };
    if source.color_space != DataColorSpace::Rgb {
        return image;
    }
    match image {
        DynamicImage::ImageRgb8(buffer) => convert(buffer, &source, Layout::Rgb).into(),
        DynamicImage::ImageRgba8(buffer) => convert(buffer, &source, Layout::Rgba).into(),
        other => other,
    }
}

fn convert<P: Pixel<Subpixel = u8>>(
    mut buffer: ImageBuffer<P, Vec<u8>>,
    source: &ColorProfile,
    layout: Layout,
) -> ImageBuffer<P, Vec<u8>> {
    let srgb = ColorProfile::new_srgb();
    let Ok(transform) = source.create_transform_8bit(layout, &srgb, layout, TransformOptions::default())
    else {
        return buffer;
    };
    let original = buffer.as_raw().clone();
    if transform.transform(&original, &mut buffer).is_err() {
        buffer.copy_from_slice(&original);
    }
    buffer
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    fn pixel(image: &DynamicImage) -> [u8; 3] {
        image.to_rgb8().get_pixel(0, 0).0
    }

    fn green() -> DynamicImage {
        image::RgbImage::from_pixel(4, 4, Rgb([60, 200, 60])).into()
    }

    #[test]
    fn wide_colours_become_stronger_srgb() {
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        let [r, g, b] = pixel(&to_srgb(green(), Some(&profile)));
        assert!(r < 40 && g > 200 && b < 60, "{r} {g} {b}");
    }

    #[test]
    fn alpha_is_untouched() {
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        let image = image::RgbaImage::from_pixel(2, 2, image::Rgba([60, 200, 60, 77])).into();
        assert_eq!(to_srgb(image, Some(&profile)).to_rgba8().get_pixel(1, 1).0[3], 77);
    }

    #[test]
    fn unusable_profiles_are_left_out() {
        let grey = ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
        for profile in [None, Some(b"not a profile".as_slice()), Some(grey.as_slice())] {
            assert_eq!(pixel(&to_srgb(green(), profile)), [60, 200, 60]);
        }
    }
}
