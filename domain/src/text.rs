//! The one scanner of captions, comments and biographies: finds @mentions, #hashtags and links in linear time and
//! returns the whole text as segments, so that nobody downstream parses it again.
//!
//! A mention or hashtag starts at the beginning or after a character that can't belong to one; inside a link
//! nothing else is looked for.

use linkify::{LinkFinder, LinkKind};
use serde::Serialize;

use crate::{
    hashtag,
    user::{USERNAME_MAX, USERNAME_MIN},
};

/// A stretch of text. Concatenating every segment's text gives the input back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Segment {
    Text(String),
    /// `@name` as typed, with the username it would name.
    Mention {
        text: String,
        username: String,
    },
    /// `#tag` as typed, with its normalised name.
    Hashtag {
        text: String,
        name: String,
    },
    /// A web address as typed, with the address to open.
    Url {
        text: String,
        href: String,
    },
}

/// Splits `input` into segments.
pub fn scan(input: &str) -> Vec<Segment> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]).url_must_have_scheme(true);
    let mut segments = Vec::new();
    for span in finder.spans(input) {
        match span.kind() {
            Some(_) if is_web(span.as_str()) => {
                segments
                    .push(Segment::Url { text: span.as_str().to_owned(), href: span.as_str().to_owned() });
            }
            _ => scan_words(span.as_str(), &mut segments),
        }
    }
    segments
}

fn is_web(link: &str) -> bool {
    let scheme = link.split(':').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Scans text without links, appending to `segments`.
fn scan_words(text: &str, segments: &mut Vec<Segment>) {
    let mut plain_from = 0;
    let mut previous = None;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if matches!(c, '@' | '#')
            && previous.is_none_or(starts_after)
            && let Some((length, segment)) = sigil(&text[at..])
        {
            push_text(segments, &text[plain_from..at]);
            segments.push(segment);
            at += length;
            plain_from = at;
            previous = text[..at].chars().next_back();
        } else {
            previous = Some(c);
            at += c.len_utf8();
        }
    }
    push_text(segments, &text[plain_from..]);
}

/// Whether a mention or tag may start right after `c`.
fn starts_after(c: char) -> bool {
    !c.is_alphanumeric() && !matches!(c, '_' | '@' | '#' | '&' | '/')
}

/// The mention or hashtag that `text` begins with, and its length in bytes.
fn sigil(text: &str) -> Option<(usize, Segment)> {
    if let Some(rest) = text.strip_prefix('@') {
        let name = mention_name(rest)?;
        let length = 1 + name.len();
        let segment = Segment::Mention { text: text[..length].to_owned(), username: name.to_lowercase() };
        return Some((length, segment));
    }
    let name = hashtag_name(text.strip_prefix('#')?)?;
    let length = 1 + name.len();
    Some((length, Segment::Hashtag { text: text[..length].to_owned(), name: hashtag::normalize(name) }))
}

/// A username at the start of `rest`; dots at its end are punctuation.
fn mention_name(rest: &str) -> Option<&str> {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
    let name = rest[..end].trim_end_matches('.');
    (USERNAME_MIN..=USERNAME_MAX).contains(&name.len()).then_some(name)
}

/// Letters, marks, digits and `_` at the start of `rest`, not digits alone, within the length limit.
fn hashtag_name(rest: &str) -> Option<&str> {
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || is_mark(c))).unwrap_or(rest.len());
    let name = &rest[..end];
    let worded = name.chars().any(char::is_alphabetic);
    (worded && name.chars().count() <= hashtag::NAME_MAX).then_some(name)
}

/// Combining marks that follow a letter in decomposed text.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

fn push_text(segments: &mut Vec<Segment>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(Segment::Text(last)) = segments.last_mut() {
        last.push_str(text);
    } else {
        segments.push(Segment::Text(text.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(t: &str) -> Segment {
        Segment::Text(t.into())
    }
    fn mention(t: &str, username: &str) -> Segment {
        Segment::Mention { text: t.into(), username: username.into() }
    }
    fn tag(t: &str, name: &str) -> Segment {
        Segment::Hashtag { text: t.into(), name: name.into() }
    }
    fn url(t: &str) -> Segment {
        Segment::Url { text: t.into(), href: t.into() }
    }

    #[test]
    fn golden_cases() {
        let cases = [
            ("", vec![]),
            ("plain", vec![text("plain")]),
            ("hi @Ada.", vec![text("hi "), mention("@Ada", "ada"), text(".")]),
            ("(@ada_l)", vec![text("("), mention("@ada_l", "ada_l"), text(")")]),
            ("mail a@example.org", vec![text("mail a@example.org")]),
            ("@ab too short", vec![text("@ab too short")]),
            ("#Sea, #2024 #x1", vec![tag("#Sea", "sea"), text(", #2024 "), tag("#x1", "x1")]),
            ("#a#b", vec![tag("#a", "a"), text("#b")]),
            ("#Straße!", vec![tag("#Straße", "straße"), text("!")]),
            (
                "see https://example.org/@ada#top now",
                vec![text("see "), url("https://example.org/@ada#top"), text(" now")],
            ),
            ("javascript://alert ftp://x.org", vec![text("javascript://alert ftp://x.org")]),
        ];
        for (input, expected) in cases {
            assert_eq!(scan(input), expected, "{input}");
        }
    }

    fn rebuilt(input: &str) -> String {
        scan(input)
            .into_iter()
            .map(|segment| match segment {
                Segment::Text(text)
                | Segment::Mention { text, .. }
                | Segment::Hashtag { text, .. }
                | Segment::Url { text, .. } => text,
            })
            .collect()
    }

    /// Where scanners have gone wrong: signs in a row, marks without letters, links in links, cut addresses.
    const SEEDS: [&str; 12] = [
        "a #b @ccc https://d.org e",
        "##x @@yyy",
        "🌊#sea🌊 @ada🌊",
        "e\u{301}#cafe\u{301}\u{301}",
        "https://a.org/https://b.org#c@ddd",
        "http://",
        "HTTPS://X.org/?q=#tag",
        "@a.b.c... #١٢٣ #_ #\u{301}",
        "\u{202e}@ada\u{0}#b\u{feff}",
        "#ǅ #ß #İ #ﬁ",
        "mailto:a@b.org www.c.org",
        "@&#/@#&",
    ];

    #[test]
    fn segments_rebuild_the_input() {
        for input in SEEDS {
            assert_eq!(rebuilt(input), input);
        }
    }

    /// A scanner that is not linear would not end here.
    #[test]
    fn long_texts_of_nothing_but_beginnings_end() {
        for unit in ["@", "#", "#a", "@a.", "http://", "a@", "#1", "&#", "\u{301}", "https://a#@"] {
            let input = unit.repeat(300_000 / unit.len());
            assert_eq!(rebuilt(&input), input, "{unit}");
        }
    }

    proptest! {
        /// Nothing is lost, neighbours are not both plain text, and what is found alone is found again.
        #[test]
        fn whatever_is_typed(
            head in prop::sample::select(&SEEDS[..]),
            middle in "[@#a-zß0-9_./:&? \u{301}🌊]{0,40}|\\PC{0,20}",
            tail in prop::sample::select(&SEEDS[..]),
        ) {
            let input = format!("{head}{middle}{tail}");
            prop_assert_eq!(rebuilt(&input), input.clone());
            let segments = scan(&input);
            let plain = |segment: &Segment| matches!(segment, Segment::Text(_));
            prop_assert!(segments.windows(2).all(|pair| !(plain(&pair[0]) && plain(&pair[1]))), "{:?}", segments);
            for segment in segments.into_iter().filter(|segment| !plain(segment)) {
                let (Segment::Mention { text, .. } | Segment::Hashtag { text, .. } | Segment::Url { text, .. }) = &segment
                else { continue };
                prop_assert_eq!(scan(text), vec![segment.clone()]);
            }
        }
    }
}
