//! Pictures of posts.

use phasma_store::posts::PictureRow;
use serde::Serialize;
use utoipa::ToSchema;

/// A picture of a post.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PictureResponse {
    /// Under `/uploads/`.
    pub filename: String,
    /// What it shows, in words; empty if nobody said.
    pub alt_text: String,
    /// Size in pixels.
    pub width: i32,
    pub height: i32,
    /// A blurred preview in a few bytes, in base64 (ThumbHash).
    pub thumbhash: String,
}

impl From<PictureRow> for PictureResponse {
    fn from(row: PictureRow) -> Self {
        Self {
            filename: row.filename,
            alt_text: row.alt_text,
            width: row.width,
            height: row.height,
            thumbhash: row.thumbhash,
        }
    }
}
