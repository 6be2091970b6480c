//! What people write into the audit log: one line each, so that an entry can't pass for two.

use crate::invalid::{Invalid, length};

/// Longest accepted note, in code points.
pub const NOTE_MAX: usize = 500;

/// A name or a reason: one line, trimmed, not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// `field` is the name that the person who typed the note knows it by.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        let note = text.trim();
        if !(1..=NOTE_MAX).contains(&length(note)) || note.chars().any(char::is_control) {
            return Err(Invalid::new(
                field,
                format!("{field} must be one line of 1 to {NOTE_MAX} characters."),
            ));
        }
        Ok(Self(note.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_with_something_in_it() {
        assert_eq!(Note::parse("--reason", " spam ").unwrap().as_str(), "spam");
        assert!(Note::parse("--reason", &"é".repeat(NOTE_MAX)).is_ok());
        for bad in ["", "  ", "two\nlines", "\u{1b}[2J", &"x".repeat(NOTE_MAX + 1)] {
            let refused = Note::parse("--reason", bad).unwrap_err();
            assert_eq!(refused.message, "--reason must be one line of 1 to 500 characters.", "{bad:?}");
        }
    }
}
