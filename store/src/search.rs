//! Full search from PostgreSQL: what answers while there is no search engine, and for exact hashtags always.
//! Returns public ids, as the search engine does; the caller reads the rows.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::users::escape_like;

/// Users whose username or name contains `text`, best match first.
pub async fn list_users(
    executor: impl PgExecutor<'_>,
    text: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select public_id from users
         where username ilike '%' || $1 || '%' or name ilike '%' || $1 || '%' or name % $4
         order by greatest(similarity(username, $4), similarity(name, $4)) desc, id
         limit $2 offset $3",
        escape_like(text),
        limit,
        offset,
        text,
    )
    .fetch_all(executor)
    .await
}

/// Posts whose description contains `text`, newest first.
pub async fn list_posts(
    executor: impl PgExecutor<'_>,
    text: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select public_id from posts where description ilike '%' || $1 || '%'
         order by created desc, public_id desc limit $2 offset $3",
        escape_like(text),
        limit,
        offset,
    )
    .fetch_all(executor)
    .await
}

/// Posts that carry the hashtag `name`, newest first.
pub async fn list_posts_tagged(
    executor: impl PgExecutor<'_>,
    name: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select posts.public_id
         from hashtags
         join post_hashtags on post_hashtags.hashtag_id = hashtags.id
         join posts on posts.id = post_hashtags.post_id
         where hashtags.name = $1
         order by post_hashtags.post_id desc limit $2 offset $3",
        name,
        limit,
        offset,
    )
    .fetch_all(executor)
    .await
}
