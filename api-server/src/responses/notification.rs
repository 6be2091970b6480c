//! Notifications.

use phasma_store::notifications::NotificationRow;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::responses::picture::PictureResponse;

/// Somebody did something the viewer is told about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationResponse {
    pub id: Uuid,
    pub actor_username: String,
    pub actor_name: String,
    #[schema(required)]
    pub actor_avatar: Option<String>,
    /// `like`, `comment` or `follow`.
    #[serde(rename = "type")]
    #[schema(example = "like")]
    pub kind: String,
    /// like: the post; comment: the comment; follow: the follower.
    pub entity_id: Uuid,
    pub read: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// The post a like or comment belongs to.
    #[schema(required)]
    pub post_id: Option<Uuid>,
    /// That post's first picture.
    #[schema(required)]
    pub picture: Option<PictureResponse>,
    /// The file name and the blurred preview of `picture`.
    #[schema(required)]
    pub post_filename: Option<String>,
    #[schema(required)]
    pub post_thumbhash: Option<String>,
}

impl From<NotificationRow> for NotificationResponse {
    fn from(row: NotificationRow) -> Self {
        Self {
            picture: row.picture().map(PictureResponse::from),
            id: row.public_id,
            actor_username: row.actor_username,
            actor_name: row.actor_name,
            actor_avatar: row.actor_avatar,
            kind: row.kind,
            entity_id: row.entity_id,
            read: row.read,
            created: row.created,
            post_id: row.post_id,
            post_filename: row.post_filename,
            post_thumbhash: row.post_thumbhash,
        }
    }
}

/// How many notifications wait.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadCountResponse {
    pub count: i64,
}
