//! Bookmarks: posts that somebody keeps for later. Nothing counts them and nobody is told.

use sqlx::PgExecutor;
use uuid::Uuid;

/// Keeps the post of this public id; the answer tells whether there is one that the user may see.
pub async fn insert(executor: impl PgExecutor<'_>, user: i64, post: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "with target as (
                 select id from posts p where public_id = $2 and not exists (select from blocks_between($1, p.user_id))
             ),
             made as (
                  insert into bookmarks (user_id, post_id) select $1, id from target on conflict do nothing
              )
         select exists (select from target) as \"exists!\"",
        user,
        post,
    )
    .fetch_one(executor)
    .await
}

/// Keeps it no longer; the answer tells whether it exists.
pub async fn delete(executor: impl PgExecutor<'_>, user: i64, post: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "with target as (select id from posts where public_id = $2),
              ended as (
                  delete from bookmarks using target where user_id = $1 and post_id = target.id
              )
         select exists (select from target) as \"exists!\"",
        user,
        post,
    )
    .fetch_one(executor)
    .await
}
