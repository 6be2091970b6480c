//! Comments.

use phasma_store::comments::CommentRow;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::responses::segment::{SegmentResponse, segments};

/// A comment on a post.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommentResponse {
    pub id: Uuid,
    /// Username of who wrote it.
    pub username: String,
    #[schema(required)]
    pub avatar: Option<String>,
    pub body: String,
    pub segments: Vec<SegmentResponse>,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

impl From<CommentRow> for CommentResponse {
    fn from(row: CommentRow) -> Self {
        Self {
            segments: segments(&row.body, &row.mentioned),
            id: row.public_id,
            username: row.username,
            avatar: row.avatar,
            body: row.body,
            created: row.created,
        }
    }
}
