//! Uploaded pictures: accepted formats, limits and names.

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// Largest upload, in bytes and in pixels; the pixel limit is checked before anything is decoded.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
pub const MAX_PIXELS: u64 = 50_000_000;
/// Unused uploads a user may hold at once, and how long one waits for its post, in seconds.
pub const MAX_PENDING: i64 = 20;
pub const PENDING_SECONDS: i64 = 3600;

/// The formats that are accepted, told by content and not by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
    Gif,
    WebP,
}

impl Format {
    /// Recognises a picture by its first 12 bytes.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }
}

/// The name of a stored picture: 32 hex digits and an extension, unguessable and never reused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filename(String);

impl Filename {
    /// Accepts exactly what the platform itself hands out.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        match text.split_once('.') {
            Some((stem, "jpg" | "png" | "gif" | "webp")) if stem.len() == 32 && stem.bytes().all(hex) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Invalid::new("filename", "Filename must be one that an upload returned.")),
        }
    }

    /// Names a new picture; `random` must come from a cryptographic source. Pictures are stored as WebP.
    pub fn from_random(random: [u8; 16]) -> Self {
        Self(format!("{:032x}.webp", u128::from_be_bytes(random)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of one of the picture's objects in the bucket. Flat on purpose: some object stores keep keys as
    /// files and folders, where `name` and `name/320.webp` can't both be.
    pub fn key(&self, variant: Variant) -> String {
        let stem = self.0.split('.').next().unwrap_or_default();
        match variant {
            Variant::Full => self.0.clone(),
            Variant::WebP(width) => format!("{stem}.{width}.webp"),
            Variant::Preview => format!("{stem}.{PREVIEW_WIDTH}.jpg"),
        }
    }

    /// MIME type of the full picture.
    pub fn content_type(&self) -> &'static str {
        match self.0.rsplit('.').next() {
            Some("jpg") => "image/jpeg",
            Some("png") => "image/png",
            Some("gif") => "image/gif",
            _ => "image/webp",
        }
    }
}

/// Widths of the WebP renditions, in pixels; a picture has those that are narrower than itself.
pub const RENDITION_WIDTHS: [u32; 5] = [320, 640, 960, 1280, 1920];
/// Largest width of the JPEG rendition, which previews on other sites use.
pub const PREVIEW_WIDTH: u32 = 1280;

/// One stored object of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Variant {
    Full,
    /// One of [`RENDITION_WIDTHS`].
    WebP(u32),
    Preview,
}

impl Variant {
    /// Every variant a picture may have.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Full, Self::Preview].into_iter().chain(RENDITION_WIDTHS.into_iter().map(Self::WebP))
    }

    /// Reads the last part of a rendition's path, such as `320.webp`.
    pub fn parse_rendition(text: &str) -> Option<Self> {
        Self::all().filter(|variant| *variant != Self::Full).find(|variant| match variant {
            Self::WebP(width) => text == format!("{width}.webp"),
            _ => text == format!("{PREVIEW_WIDTH}.jpg"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_the_format() {
        assert_eq!(Format::sniff(b"\xff\xd8\xff\xe0...."), Some(Format::Jpeg));
        assert_eq!(Format::sniff(b"\x89PNG\r\n\x1a\n...."), Some(Format::Png));
        assert_eq!(Format::sniff(b"GIF89a......"), Some(Format::Gif));
        assert_eq!(Format::sniff(b"RIFF\0\0\0\0WEBP"), Some(Format::WebP));
        assert_eq!(Format::sniff(b"<svg xmlns"), None);
        assert_eq!(Format::sniff(b""), None);
    }

    #[test]
    fn new_names_are_names() {
        let name = Filename::from_random([0x0a; 16]);
        assert_eq!(Filename::parse(name.as_str()), Ok(name));
    }

    #[test]
    fn every_object_of_a_picture_has_its_own_key() {
        let name = Filename::from_random([0; 16]);
        let zeros = "0".repeat(32);
        assert_eq!(name.key(Variant::Full), format!("{zeros}.webp"));
        assert_eq!(name.key(Variant::WebP(320)), format!("{zeros}.320.webp"));
        assert_eq!(name.key(Variant::Preview), format!("{zeros}.1280.jpg"));
    }

    #[test]
    fn renditions_are_a_closed_list() {
        assert_eq!(Variant::parse_rendition("1280.webp"), Some(Variant::WebP(1280)));
        assert_eq!(Variant::parse_rendition("1280.jpg"), Some(Variant::Preview));
        for bad in ["321.webp", "320.jpg", "0320.webp", "", "full", "../320.webp"] {
            assert_eq!(Variant::parse_rendition(bad), None, "{bad}");
        }
    }

    #[test]
    fn filenames_are_only_our_own() {
        let name = format!("{}.webp", "0123456789abcdef".repeat(2));
        assert_eq!(Filename::parse(&name).unwrap().as_str(), name);
        for bad in ["../etc/passwd", "a.jpg", &format!("{}.svg", "a".repeat(32)), &"A".repeat(32)] {
            assert!(Filename::parse(bad).is_err(), "{bad}");
        }
    }
}
