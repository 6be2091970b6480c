//! Public identifiers: one type per noun over a UUID v7, so that a post's id can't be passed for a user's.
//! Internal `bigint` keys never leave the store; these are what clients, events and documents carry.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! public_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, ordered by time of making.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

public_id!(
    /// A user.
    UserId
);
public_id!(
    /// A post.
    PostId
);
public_id!(
    /// A comment.
    CommentId
);
public_id!(
    /// A notification.
    NotificationId
);
public_id!(
    /// A session, as listed to its owner; never the token.
    SessionId
);
public_id!(
    /// An event, the same in every delivery.
    EventId
);
