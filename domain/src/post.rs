//! A post's caption and the tags it carries.

use crate::{
    invalid::{Invalid, length},
    text::{self, Segment},
};

/// Longest caption, in code points.
pub const DESCRIPTION_MAX: usize = 1000;
/// Longest description of a picture for people who can't see it, in code points.
pub const ALT_TEXT_MAX: usize = 1000;
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

#[cfg(test)]
mod tests {
    use super::*;

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
