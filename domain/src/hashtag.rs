//! Hashtag names: NFC, lowercased, so that `#Café` is one tag however it was typed.

use unicode_normalization::UnicodeNormalization;

/// Longest tag name, in code points; a longer run of letters is text, not a tag.
pub const NAME_MAX: usize = 50;

/// The stored form of a tag as typed, without `#`.
pub fn normalize(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// A search document's id for a tag: Meilisearch allows only `a-zA-Z0-9-_`, so the name goes in as hex.
pub fn document_id(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_spellings_are_one_tag() {
        assert_eq!(normalize("Caf\u{e9}"), normalize("cafe\u{301}"));
        assert_eq!(normalize("SEA"), "sea");
    }

    #[test]
    fn document_ids_are_plain_and_distinct() {
        assert_eq!(document_id("sea"), "736561");
        assert_ne!(document_id("é"), document_id("e"));
    }
}
