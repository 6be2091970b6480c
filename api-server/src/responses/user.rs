//! People.

use phasma_store::users::UserRow;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::responses::segment::{SegmentResponse, segments};

/// A person, as the viewer may see them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserResponse {
    pub id: Uuid,
    #[schema(example = "ada")]
    pub username: String,
    pub name: String,
    /// Only on oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email: Option<String>,
    /// File name of a picture, under `/uploads/`.
    #[schema(required)]
    pub avatar: Option<String>,
    pub bio: String,
    pub bio_segments: Vec<SegmentResponse>,
    pub posts: i64,
    /// Posts this person likes.
    pub likes: i64,
    pub followers: i64,
    pub following: i64,
    /// Whether the viewer follows this person.
    pub is_following: bool,
    /// Whether the viewer muted this person.
    pub is_muted: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

impl From<UserRow> for UserResponse {
    fn from(row: UserRow) -> Self {
        Self {
            bio_segments: segments(&row.bio, &row.mentioned),
            id: row.public_id,
            username: row.username,
            name: row.name,
            email: row.is_self.then_some(row.email),
            avatar: row.avatar,
            bio: row.bio,
            posts: row.posts,
            likes: row.likes,
            followers: row.followers,
            following: row.following,
            is_following: row.is_following,
            is_muted: row.is_muted,
            created: row.created,
        }
    }
}

/// Who was signed up or logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsernameResponse {
    pub username: String,
}

/// A person found by search.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserHit {
    pub username: String,
    pub name: String,
    #[schema(required)]
    pub avatar: Option<String>,
}
