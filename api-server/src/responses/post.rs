//! Posts.

use phasma_store::posts::PostRow;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::responses::{
    picture::PictureResponse,
    segment::{SegmentResponse, segments},
};

/// A post, as the viewer may see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostResponse {
    pub public_id: Uuid,
    /// Username of the author.
    pub username: String,
    /// Display name of the author.
    pub name: String,
    /// Picture of the author.
    #[schema(required)]
    pub avatar: Option<String>,
    /// The pictures in their order, 1 to 10.
    pub images: Vec<PictureResponse>,
    /// The first picture, under `/uploads/`; the next four fields are about it as well.
    pub filename: String,
    pub alt_text: String,
    /// Size in pixels.
    pub width: i32,
    pub height: i32,
    /// A blurred preview in a few bytes, in base64 (ThumbHash).
    pub thumbhash: String,
    pub description: String,
    pub segments: Vec<SegmentResponse>,
    pub likes: i64,
    /// Whether the viewer likes it.
    pub liked: bool,
    /// Whether the viewer keeps it.
    pub bookmarked: bool,
    pub comments: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// When its author last changed it, or null.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(required)]
    pub edited: Option<OffsetDateTime>,
}

impl From<PostRow> for PostResponse {
    fn from(row: PostRow) -> Self {
        let images: Vec<PictureResponse> = row.pictures.0.into_iter().map(PictureResponse::from).collect();
        let first = images.first().cloned().unwrap_or_default();
        Self {
            segments: segments(&row.description, &row.mentioned),
            images,
            public_id: row.public_id,
            username: row.username,
            name: row.name,
            avatar: row.avatar,
            filename: first.filename,
            alt_text: first.alt_text,
            width: first.width,
            height: first.height,
            thumbhash: first.thumbhash,
            description: row.description,
            likes: row.likes,
            liked: row.liked,
            bookmarked: row.bookmarked,
            comments: row.comments,
            created: row.created,
            edited: row.edited,
        }
    }
}

/// A post that was just published.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublishedResponse {
    pub public_id: Uuid,
}
