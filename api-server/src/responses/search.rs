//! What a search finds.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::responses::user::UserHit;

/// A hashtag found by search.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HashtagHit {
    pub name: String,
    pub post_count: i64,
}

/// A post found by search.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostHit {
    pub id: Uuid,
    pub username: String,
    pub description: String,
    pub filename: String,
    pub alt_text: String,
    pub width: i32,
    pub height: i32,
    /// In base64 (ThumbHash).
    pub thumbhash: String,
    pub likes: i64,
}

/// One of several kinds, in a blended list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", content = "item", rename_all = "lowercase")]
pub enum BlendedHit {
    Users(UserHit),
    Posts(PostHit),
    Hashtags(HashtagHit),
}

/// An item of a search: bare when one kind was asked for, with its type when all were.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum SearchItem {
    Blended(BlendedHit),
    Post(PostHit),
    Hashtag(HashtagHit),
    User(UserHit),
}
