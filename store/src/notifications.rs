//! Reading notifications; `notification_writes` makes them.

use phasma_domain::page::Cursor;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// A notification with who acted and, for likes and comments, the post's picture and id.
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
    pub post_public_id: Option<Uuid>,
    pub post_filename: Option<String>,
}

impl NotificationRow {
    /// The row's place in its list.
    pub fn place(&self) -> Cursor {
        Cursor { created: self.created, id: self.public_id }
    }
}

/// What a user was told, newest first.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<NotificationRow>, sqlx::Error> {
    sqlx::query_as!(
        NotificationRow,
        "select notifications.public_id, actor.username as actor_username, actor.name as actor_name,
                actor.avatar as actor_avatar, kind, entity_id, read, notifications.created,
                posts.public_id as \"post_public_id?\", media.filename as \"post_filename?\"
         from notifications
         join users actor on actor.id = actor_id
         left join posts on posts.id = notifications.post_id
         left join post_media media on media.post_id = posts.id and media.position = 0
         where notifications.user_id = $1 and (notifications.created, notifications.public_id) < ($2, $3)
         order by notifications.created desc, notifications.public_id desc limit $4",
        user,
        after.created,
        after.id,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// How many are unread.
pub async fn count_unread(executor: impl PgExecutor<'_>, user: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "select count(*) as \"count!\" from notifications where user_id = $1 and not read",
        user
    )
    .fetch_one(executor)
    .await
}

/// Marks one of the user's notifications as read; false if there is no such one.
pub async fn mark_read(
    executor: impl PgExecutor<'_>,
    user: i64,
    notification: Uuid,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update notifications set read = true where user_id = $1 and public_id = $2",
        user,
        notification
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks the named notification and everything older as read; false if there is no such one.
pub async fn mark_read_up_to(
    executor: impl PgExecutor<'_>,
    user: i64,
    notification: Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "with newest as (
             select created, public_id from notifications where user_id = $1 and public_id = $2
         ), marked as (
             update notifications set read = true from newest
             where user_id = $1 and not read
               and (notifications.created, notifications.public_id) <= (newest.created, newest.public_id)
         )
         select exists (select from newest) as \"known!\"",
        user,
        notification
    )
    .fetch_one(executor)
    .await
}
