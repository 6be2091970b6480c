//! Likes. The caller appends the event, then adds to the counters.

use sqlx::PgConnection;
use uuid::Uuid;

/// The post of a like, its author, and whether anything changed.
#[derive(Debug, Clone)]
pub struct LikeRow {
    pub post_id: i64,
    pub author_public_id: Uuid,
    pub changed: bool,
}

/// Likes the post of this public id; `None` if there is none that the user may see.
pub async fn insert(
    connection: &mut PgConnection,
    user: i64,
    post: Uuid,
) -> Result<Option<LikeRow>, sqlx::Error> {
    sqlx::query_as!(
        LikeRow,
        "with target as (
             select p.id, u.public_id as author from posts p join users u on u.id = p.user_id
             where p.public_id = $2 and not exists (select from blocks_between($1, p.user_id))
         ), made as (
             insert into likes (user_id, post_id) select $1, id from target on conflict do nothing returning post_id
         )
         select id as post_id, author as author_public_id, exists (select from made) as \"changed!\" from target",
        user,
        post,
    )
    .fetch_optional(connection)
    .await
}

/// Takes a like back; `None` if there is no such post.
pub async fn delete(
    connection: &mut PgConnection,
    user: i64,
    post: Uuid,
) -> Result<Option<LikeRow>, sqlx::Error> {
    sqlx::query_as!(
        LikeRow,
        "with target as (
             select p.id, u.public_id as author from posts p join users u on u.id = p.user_id where p.public_id = $2
         ), ended as (
             delete from likes using target where user_id = $1 and post_id = target.id returning post_id
         )
         select id as post_id, author as author_public_id, exists (select from ended) as \"changed!\" from target",
        user,
        post,
    )
    .fetch_optional(connection)
    .await
}
