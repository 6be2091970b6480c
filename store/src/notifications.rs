//! Reading notifications, and marking them read. They are written by `notification_writes`.

use phasma_domain::page::Cursor;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::posts::PictureRow;

/// A notification with who acted and, for likes and comments, on which post.
#[derive(Debug, Clone)]
pub struct NotificationRow {
    pub public_id: Uuid,
    pub actor_username: String,
    pub actor_name: String,
    pub actor_avatar: Option<String>,
    pub kind: String,
    pub entity_id: Uuid,
    pub read: bool,
    pub created: OffsetDateTime,
    pub post_id: Option<Uuid>,
    pub post_filename: Option<String>,
    pub post_alt_text: Option<String>,
    pub post_width: Option<i32>,
    pub post_height: Option<i32>,
    /// In base64.
    pub post_thumbhash: Option<String>,
}

impl NotificationRow {
    /// The first picture of the post, if it is about one.
    pub fn picture(&self) -> Option<PictureRow> {
        Some(PictureRow {
            filename: self.post_filename.clone()?,
            alt_text: self.post_alt_text.clone()?,
            width: self.post_width?,
            height: self.post_height?,
            thumbhash: self.post_thumbhash.clone()?,
        })
    }

    pub fn place(&self) -> Cursor {
        Cursor { created: self.created, id: self.public_id }
    }
}

/// The account's notifications of acts by whom it neither blocks nor mutes, the newest first.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<NotificationRow>, sqlx::Error> {
    sqlx::query_as!(
        NotificationRow,
        "select n.public_id, a.username as actor_username, a.name as actor_name, a.avatar as actor_avatar,
                n.kind, n.entity_id, n.read, n.created,
                p.public_id as \"post_id?\", m.filename as \"post_filename?\", m.alt_text as \"post_alt_text?\",
                m.width as \"post_width?\", m.height as \"post_height?\",
                encode(m.thumbhash, 'base64') as \"post_thumbhash?\"
         from (
             select id from notifications x
             where user_id = $1 and (created, public_id) < ($2, $3)
               and not exists (select from blocks_or_mutes($1, x.actor_id))
             order by created desc, public_id desc limit $4
         ) page
         join notifications n on n.id = page.id
         join users a on a.id = n.actor_id
         left join posts p on p.id = n.post_id
         left join post_media m on m.post_id = n.post_id and m.position = 0
         order by n.created desc, n.public_id desc",
        user,
        after.created,
        after.id,
        limit,
    )
    .fetch_all(executor)
    .await
}

pub async fn count_unread(executor: impl PgExecutor<'_>, user: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "select count(*) as \"count!\" from notifications x
         where user_id = $1 and not read and not exists (select from blocks_or_mutes($1, x.actor_id))",
        user
    )
    .fetch_one(executor)
    .await
}

/// Marks one notification of the account read; the answer tells whether it exists.
pub async fn mark_read(
    executor: impl PgExecutor<'_>,
    user: i64,
    public_id: Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "with target as (select id, read from notifications where user_id = $1 and public_id = $2),
              marked as (
                  update notifications n set read = true from target where n.id = target.id and not target.read
              )
         select exists (select from target) as \"exists!\"",
        user,
        public_id,
    )
    .fetch_one(executor)
    .await
}
