//! Shrinking, with the proportions kept and never a side of nothing.

use fast_image_resize::{ResizeError, Resizer};
use image::DynamicImage;

/// `image`, shrunk until its longer side is at most `side`.
pub(crate) fn within(image: DynamicImage, side: u32) -> Result<DynamicImage, ResizeError> {
    let longer = image.width().max(image.height());
    if longer <= side {
        return Ok(image);
    }
    resize(&image, scaled(image.width(), side, longer), scaled(image.height(), side, longer))
}

/// A copy of `image` that is at most `width` wide.
pub(crate) fn to_width(image: &DynamicImage, width: u32) -> Result<DynamicImage, ResizeError> {
    let width = width.min(image.width());
    resize(image, width, scaled(image.height(), width, image.width()))
}

/// `length * numerator / denominator`, rounded, at least one.
fn scaled(length: u32, numerator: u32, denominator: u32) -> u32 {
    let (length, numerator, denominator) = (u64::from(length), u64::from(numerator), u64::from(denominator));
    let rounded = (length * numerator + denominator / 2) / denominator;
    u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
}

fn resize(image: &DynamicImage, width: u32, height: u32) -> Result<DynamicImage, ResizeError> {
    let mut smaller = DynamicImage::new(width, height, image.color());
    Resizer::new().resize(image, &mut smaller, None)?;
    Ok(smaller)
}

#[cfg(test)]
mod tests {
    use image::ColorType;

    use super::*;

    #[test]
    fn the_longer_side_decides() {
        let size = |w, h, side| {
            let image = within(DynamicImage::new(w, h, ColorType::Rgb8), side).unwrap();
            (image.width(), image.height())
        };
        assert_eq!(size(400, 300, 100), (100, 75));
        assert_eq!(size(300, 400, 100), (75, 100));
        assert_eq!(size(5000, 1, 100), (100, 1));
        assert_eq!(size(40, 30, 100), (40, 30));
    }

    #[test]
    fn nothing_is_enlarged() {
        let image = DynamicImage::new(50, 20, ColorType::Rgba8);
        assert_eq!(to_width(&image, 320).unwrap().width(), 50);
    }
}
