//! Facts in the past tense: what a mutation appends to the outbox and consumers read from the topics.
//!
//! A type's name carries its version (`post.created.v1`). Fields may be added; a change of meaning is a new version.
//! Each type has a golden file under `golden/`, which readers of other releases keep understanding.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    contract::topics,
    id::{CommentId, PostId, UserId},
};

/// A profile as it now is; sent on sign-up and on every change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserChanged {
    pub user_id: UserId,
    pub username: String,
    pub name: String,
    pub bio: String,
    pub avatar: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

/// An account is gone, after its posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserDeleted {
    pub user_id: UserId,
}

/// A post as it now is: a new one, or one whose caption or descriptions of pictures changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostCreated {
    pub post_id: PostId,
    pub author_id: UserId,
    pub username: String,
    pub description: String,
    pub hashtags: Vec<String>,
    pub filename: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostDeleted {
    pub post_id: PostId,
    pub author_id: UserId,
}

/// A tag was used for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HashtagChanged {
    pub name: String,
}

/// Stored pictures that lost their last reference; at most [`MediaReleased::MAX_KEYS`] in one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaReleased {
    pub keys: Vec<String>,
}

impl MediaReleased {
    /// Largest number of keys in one event: half of what one S3 multi-delete takes.
    pub const MAX_KEYS: usize = 500;
}

/// A like, given or taken back. The recipient is the post's author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostLike {
    pub post_id: PostId,
    pub actor_id: UserId,
    pub recipient_id: UserId,
}

/// A new comment. The recipient is the post's author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentCreated {
    pub comment_id: CommentId,
    pub post_id: PostId,
    pub actor_id: UserId,
    pub recipient_id: UserId,
}

/// A deleted comment, as version 2 says it. The recipient is the post's author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentDeleted {
    pub comment_id: CommentId,
    pub post_id: PostId,
    /// Who wrote it, whoever deleted it.
    pub writer_id: UserId,
    pub recipient_id: UserId,
}

/// Version 1, which calls the writer the actor, although it may be the post's author who deletes.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommentDeletedV1 {
    comment_id: CommentId,
    post_id: PostId,
    actor_id: UserId,
    recipient_id: UserId,
}

impl From<CommentDeletedV1> for CommentDeleted {
    fn from(old: CommentDeletedV1) -> Self {
        let CommentDeletedV1 { comment_id, post_id, actor_id, recipient_id } = old;
        Self { comment_id, post_id, writer_id: actor_id, recipient_id }
    }
}

impl From<CommentDeleted> for CommentDeletedV1 {
    fn from(new: CommentDeleted) -> Self {
        let CommentDeleted { comment_id, post_id, writer_id, recipient_id } = new;
        Self { comment_id, post_id, actor_id: writer_id, recipient_id }
    }
}

/// A follow, begun or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FollowChange {
    pub follower_id: UserId,
    pub followed_id: UserId,
}

/// Every event of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    UserChanged(UserChanged),
    PostCreated(PostCreated),
    PostDeleted(PostDeleted),
    HashtagChanged(HashtagChanged),
    MediaReleased(MediaReleased),
    PostLiked(PostLike),
    PostUnliked(PostLike),
    CommentCreated(CommentCreated),
    CommentDeleted(CommentDeleted),
    UserFollowed(FollowChange),
    UserUnfollowed(FollowChange),
    UserDeleted(UserDeleted),
    PostChanged(PostCreated),
}

/// Why a record is not an event of this release.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Nobody knows this type: malformed, or far newer.
    #[error("unknown event type {0:?}")]
    UnknownType(String),
    /// A known type in a newer major version: wait for the release that reads it, never drop it.
    #[error("event type {0:?} is newer than this release")]
    NewerVersion(String),
    #[error("payload of {kind:?} does not parse: {source}")]
    Payload { kind: String, source: serde_json::Error },
}

/// Where an event goes: its type's name with version, topic, and kind of aggregate.
struct Route {
    kind: &'static str,
    topic: &'static str,
    aggregate: &'static str,
}

/// Type, topic and aggregate of every event, in the version this release writes: the one table of them.
const ROUTES: [(&str, &str, &str); 13] = [
    ("user.changed.v1", topics::ENTITY_CHANGES, "user"),
    ("post.created.v1", topics::ENTITY_CHANGES, "post"),
    ("post.deleted.v1", topics::ENTITY_CHANGES, "post"),
    ("hashtag.changed.v1", topics::ENTITY_CHANGES, "hashtag"),
    ("media.released.v1", topics::ENTITY_CHANGES, "media"),
    ("post.liked.v1", topics::ACTIVITY, "user"),
    ("post.unliked.v1", topics::ACTIVITY, "user"),
    ("comment.created.v1", topics::ACTIVITY, "user"),
    ("comment.deleted.v1", topics::ACTIVITY, "user"),
    ("user.followed.v1", topics::ACTIVITY, "user"),
    ("user.unfollowed.v1", topics::ACTIVITY, "user"),
    ("user.deleted.v1", topics::ENTITY_CHANGES, "user"),
    ("post.changed.v1", topics::ENTITY_CHANGES, "post"),
];

/// Versions that this release reads beside those it writes: the next ones, which the next release writes, and the
/// previous ones while topics may hold them.
const ALSO_READ: [(&str, &str); 1] = [("comment.deleted.v2", topics::ACTIVITY)];

/// The topic of an event type that this release reads, or `None` for any other.
pub fn topic_of(kind: &str) -> Option<&'static str> {
    let written = ROUTES.iter().map(|(known, topic, _)| (*known, *topic));
    written.chain(ALSO_READ).find(|(known, _)| *known == kind).map(|(_, topic)| topic)
}

impl Event {
    fn route(&self) -> Route {
        let index = match self {
            Self::UserChanged(_) => 0,
            Self::PostCreated(_) => 1,
            Self::PostDeleted(_) => 2,
            Self::HashtagChanged(_) => 3,
            Self::MediaReleased(_) => 4,
            Self::PostLiked(_) => 5,
            Self::PostUnliked(_) => 6,
            Self::CommentCreated(_) => 7,
            Self::CommentDeleted(_) => 8,
            Self::UserFollowed(_) => 9,
            Self::UserUnfollowed(_) => 10,
            Self::UserDeleted(_) => 11,
            Self::PostChanged(_) => 12,
        };
        let (kind, topic, aggregate) = ROUTES[index];
        Route { kind, topic, aggregate }
    }

    /// Type with version, such as `post.created.v1`.
    pub fn kind(&self) -> &'static str {
        self.route().kind
    }

    pub fn topic(&self) -> &'static str {
        self.route().topic
    }

    /// Kind of the aggregate whose order is kept, such as `post`.
    pub fn aggregate(&self) -> &'static str {
        self.route().aggregate
    }

    /// Id of the aggregate, which is also the record's key: events of one key stay in order.
    pub fn key(&self) -> String {
        match self {
            Self::UserChanged(e) => e.user_id.to_string(),
            Self::PostCreated(e) | Self::PostChanged(e) => e.post_id.to_string(),
            Self::PostDeleted(e) => e.post_id.to_string(),
            Self::HashtagChanged(e) => e.name.clone(),
            Self::MediaReleased(e) => e.keys.first().cloned().unwrap_or_default(),
            Self::PostLiked(e) | Self::PostUnliked(e) => e.recipient_id.to_string(),
            Self::CommentCreated(e) => e.recipient_id.to_string(),
            Self::CommentDeleted(e) => e.recipient_id.to_string(),
            Self::UserFollowed(e) | Self::UserUnfollowed(e) => e.follower_id.to_string(),
            Self::UserDeleted(e) => e.user_id.to_string(),
        }
    }

    /// The payload as JSON.
    pub fn payload(&self) -> Result<serde_json::Value, serde_json::Error> {
        match self {
            Self::UserChanged(e) => serde_json::to_value(e),
            Self::UserDeleted(e) => serde_json::to_value(e),
            Self::PostCreated(e) | Self::PostChanged(e) => serde_json::to_value(e),
            Self::PostDeleted(e) => serde_json::to_value(e),
            Self::HashtagChanged(e) => serde_json::to_value(e),
            Self::MediaReleased(e) => serde_json::to_value(e),
            Self::PostLiked(e) | Self::PostUnliked(e) => serde_json::to_value(e),
            Self::CommentCreated(e) => serde_json::to_value(e),
            Self::CommentDeleted(e) => serde_json::to_value(CommentDeletedV1::from(e.clone())),
            Self::UserFollowed(e) | Self::UserUnfollowed(e) => serde_json::to_value(e),
        }
    }

    /// Reads an event from its type and payload.
    pub fn decode(kind: &str, payload: &[u8]) -> Result<Self, DecodeError> {
        fn parse<'a, T: Deserialize<'a>>(kind: &str, payload: &'a [u8]) -> Result<T, DecodeError> {
            serde_json::from_slice(payload)
                .map_err(|source| DecodeError::Payload { kind: kind.to_owned(), source })
        }
        Ok(match kind {
            "user.changed.v1" => Self::UserChanged(parse(kind, payload)?),
            "post.created.v1" => Self::PostCreated(parse(kind, payload)?),
            "post.deleted.v1" => Self::PostDeleted(parse(kind, payload)?),
            "hashtag.changed.v1" => Self::HashtagChanged(parse(kind, payload)?),
            "media.released.v1" => Self::MediaReleased(parse(kind, payload)?),
            "post.liked.v1" => Self::PostLiked(parse(kind, payload)?),
            "post.unliked.v1" => Self::PostUnliked(parse(kind, payload)?),
            "comment.created.v1" => Self::CommentCreated(parse(kind, payload)?),
            "comment.deleted.v1" => Self::CommentDeleted(parse::<CommentDeletedV1>(kind, payload)?.into()),
            "comment.deleted.v2" => Self::CommentDeleted(parse(kind, payload)?),
            "user.followed.v1" => Self::UserFollowed(parse(kind, payload)?),
            "user.unfollowed.v1" => Self::UserUnfollowed(parse(kind, payload)?),
            "user.deleted.v1" => Self::UserDeleted(parse(kind, payload)?),
            "post.changed.v1" => Self::PostChanged(parse(kind, payload)?),
            _ if is_newer(kind) => return Err(DecodeError::NewerVersion(kind.to_owned())),
            _ => return Err(DecodeError::UnknownType(kind.to_owned())),
        })
    }
}

/// Whether `kind` is a known name with a version above the one this release reads.
fn is_newer(kind: &str) -> bool {
    let Some((name, version)) = name_and_version(kind) else { return false };
    ROUTES
        .iter()
        .filter_map(|(known, ..)| name_and_version(known))
        .any(|(known, read)| known == name && version > read)
}

fn name_and_version(kind: &str) -> Option<(&str, u32)> {
    let (name, version) = kind.rsplit_once(".v")?;
    Some((name, version.parse().ok()?))
}

#[cfg(test)]
mod tests;
