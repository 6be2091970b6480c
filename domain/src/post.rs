//! A post's caption, the tags it carries, and its pictures.

use crate::{
    invalid::{Invalid, length},
    media::Filename,
    text::{self, Segment},
};

/// Longest caption, in code points.
pub const DESCRIPTION_MAX: usize = 1000;
/// Longest description of a picture for people who can't see it, in code points.
pub const ALT_TEXT_MAX: usize = 1000;
/// Most pictures of one post.
pub const PICTURES_MAX: usize = 10;
/// At most this many distinct hashtags count in one post, in order of first occurrence.
pub const HASHTAGS_MAX: usize = 20;

/// A caption, trimmed, possibly empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Description(String);

impl Description {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let description = text.trim();
        if length(description) > DESCRIPTION_MAX {
            return Err(Invalid::new(
                "description",
                format!("Description must be at most {DESCRIPTION_MAX} characters."),
            ));
        }
        Ok(Self(description.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The distinct hashtags, normalised, in order of first occurrence, at most [`HASHTAGS_MAX`].
    pub fn hashtags(&self) -> Vec<String> {
        let mut tags: Vec<String> = Vec::new();
        for segment in text::scan(&self.0) {
            if let Segment::Hashtag { name, .. } = segment
                && tags.len() < HASHTAGS_MAX
                && !tags.contains(&name)
            {
                tags.push(name);
            }
        }
        tags
    }
}

/// What a picture shows, in words; trimmed, possibly empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AltText(String);

impl AltText {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let alt_text = text.trim();
        if length(alt_text) > ALT_TEXT_MAX {
            return Err(Invalid::new(
                "altText",
                format!("Image description must be at most {ALT_TEXT_MAX} characters."),
            ));
        }
        Ok(Self(alt_text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A picture of a post and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub filename: Filename,
    pub alt_text: AltText,
}

/// The pictures of a new post in their order: 1 to [`PICTURES_MAX`], each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures(Vec<Picture>);

impl Pictures {
    pub fn new(pictures: Vec<Picture>) -> Result<Self, Invalid> {
        if pictures.is_empty() || pictures.len() > PICTURES_MAX {
            let message = format!("A post shows 1 to {PICTURES_MAX} pictures.");
            return Err(Invalid::new("images", message));
        }
        if has_duplicates(&pictures) {
            return Err(Invalid::new("images", "Each picture can be named only once."));
        }
        Ok(Self(pictures))
    }

    /// The one that stands for the post where a list has room for one.
    pub fn first(&self) -> &Picture {
        &self.0[0]
    }

    pub fn as_slice(&self) -> &[Picture] {
        &self.0
    }
}

/// Whether a picture is named twice.
pub fn has_duplicates(pictures: &[Picture]) -> bool {
    let named = |at: usize| pictures[..at].iter().any(|earlier| earlier.filename == pictures[at].filename);
    (1..pictures.len()).any(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(n: u8) -> Picture {
        Picture { filename: Filename::from_random([n; 16]), alt_text: AltText::default() }
    }

    #[test]
    fn a_post_shows_one_to_ten_different_pictures() {
        assert!(Pictures::new(vec![]).is_err());
        assert!(Pictures::new((1..=10).map(picture).collect()).is_ok());
        assert!(Pictures::new((1..=11).map(picture).collect()).is_err());
        assert!(Pictures::new(vec![picture(1), picture(2), picture(1)]).is_err());
    }

    #[test]
    fn hashtags_are_distinct_in_order_and_bounded() {
        let caption = Description::parse("#Sea and #light, #sea again").unwrap();
        assert_eq!(caption.hashtags(), ["sea", "light"]);
        let many: String = (0..30).map(|n| format!("#tag{n} ")).collect();
        assert_eq!(Description::parse(&many).unwrap().hashtags().len(), HASHTAGS_MAX);
    }

    #[test]
    fn a_caption_may_be_empty_but_not_endless() {
        assert_eq!(Description::parse("  ").unwrap().as_str(), "");
        assert!(Description::parse(&"é".repeat(1000)).is_ok());
        assert!(Description::parse(&"é".repeat(1001)).is_err());
    }
}
