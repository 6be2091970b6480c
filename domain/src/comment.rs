//! A comment's text.

use crate::invalid::{Invalid, length};

/// Longest comment, in code points.
pub const BODY_MAX: usize = 400;

/// 1 to 400 code points, trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body(String);

impl Body {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let body = text.trim();
        if body.is_empty() || length(body) > BODY_MAX {
            return Err(Invalid::new("body", format!("Comment must be 1 to {BODY_MAX} characters.")));
        }
        Ok(Self(body.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_trimmed_required_and_bounded() {
        assert_eq!(Body::parse(" hi ").unwrap().as_str(), "hi");
        assert!(Body::parse(" \n ").is_err());
        assert!(Body::parse(&"ü".repeat(400)).is_ok());
        assert!(Body::parse(&"ü".repeat(401)).is_err());
    }
}
