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

/// The name a search document's id stands for, or `None` if it is no such id.
pub fn name_of_document(id: &str) -> Option<String> {
    if !id.len().is_multiple_of(2) || !id.is_ascii() {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(&id[at..at + 2], 16).ok();
    String::from_utf8((0..id.len()).step_by(2).map(byte).collect::<Option<Vec<_>>>()?).ok()
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
        assert_eq!(name_of_document(&document_id("straße")).as_deref(), Some("straße"));
        for bad in ["7", "zz", "é", "ff"] {
            assert_eq!(name_of_document(bad), None, "{bad}");
        }
    }
}
