//! Uploaded pictures: accepted formats, limits and names.

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

    pub fn as_str(&self) -> &str {
        &self.0
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
    fn filenames_are_only_our_own() {
        let name = format!("{}.webp", "0123456789abcdef".repeat(2));
        assert_eq!(Filename::parse(&name).unwrap().as_str(), name);
        for bad in ["../etc/passwd", "a.jpg", &format!("{}.svg", "a".repeat(32)), &"A".repeat(32)] {
            assert!(Filename::parse(bad).is_err(), "{bad}");
        }
    }
}
