//! Text cut into plain stretches, mentions, hashtags and links, so that clients need no parser.

use phasma_domain::text::{self, Segment};
use serde::Serialize;
use utoipa::ToSchema;

/// A stretch of text; all of them together are the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SegmentResponse {
    #[serde(rename = "type")]
    pub kind: SegmentKind,
    /// The stretch as typed.
    pub text: String,
    /// What it leads to: a username, a tag's name, or a web address. Absent on plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub target: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SegmentKind {
    Text,
    Mention,
    Hashtag,
    Url,
}

/// Cuts `text`; an `@name` is a mention only if it is among `accounts`.
pub fn segments(text: &str, accounts: &[String]) -> Vec<SegmentResponse> {
    let mut cut: Vec<SegmentResponse> = Vec::new();
    for segment in text::scan(text) {
        let (kind, text, target) = match segment {
            Segment::Text(text) => (SegmentKind::Text, text, None),
            Segment::Mention { text, username } if accounts.contains(&username) => {
                (SegmentKind::Mention, text, Some(username))
            }
            Segment::Mention { text, .. } => (SegmentKind::Text, text, None),
            Segment::Hashtag { text, name } => (SegmentKind::Hashtag, text, Some(name)),
            Segment::Url { text, href } => (SegmentKind::Url, text, Some(href)),
        };
        match cut.last_mut() {
            Some(last) if kind == SegmentKind::Text && last.kind == kind => last.text.push_str(&text),
            _ => cut.push(SegmentResponse { kind, text, target }),
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_accounts_are_mentions() {
        let cut = segments("@ada, @nobody: see #Sea", &["ada".to_owned()]);
        let shape: Vec<_> = cut.iter().map(|s| (s.kind, s.text.as_str(), s.target.as_deref())).collect();
        assert_eq!(
            shape,
            [
                (SegmentKind::Mention, "@ada", Some("ada")),
                (SegmentKind::Text, ", @nobody: see ", None),
                (SegmentKind::Hashtag, "#Sea", Some("sea")),
            ]
        );
    }
}
