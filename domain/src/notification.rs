//! What a person is told about: who did what to which thing.

use serde::{Deserialize, Serialize};

/// The kind of a notification, spelled as in the API and in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotificationKind {
    /// Entity: the post's id.
    Like,
    /// Entity: the comment's id.
    Comment,
    /// Entity: the follower's user id.
    Follow,
}

impl NotificationKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Like => "like",
            Self::Comment => "comment",
            Self::Follow => "follow",
        }
    }
}
