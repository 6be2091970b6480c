//! Hashtags and how many posts carry them.

use sqlx::PgExecutor;

use crate::users::escape_like;

#[derive(Debug, Clone)]
pub struct HashtagRow {
    pub name: String,
    pub posts: i64,
}

/// Typeahead: tags that start with `prefix`, the most used first.
pub async fn search_hints(
    executor: impl PgExecutor<'_>,
    prefix: &str,
    limit: i64,
) -> Result<Vec<HashtagRow>, sqlx::Error> {
    list_matching(executor, prefix, limit, 0).await
}

/// Tags that start with `prefix`, the most used first, past the first `offset`.
pub async fn list_matching(
    executor: impl PgExecutor<'_>,
    prefix: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<HashtagRow>, sqlx::Error> {
    sqlx::query_as!(
        HashtagRow,
        "select name, posts from hashtags join hashtag_counters on hashtag_id = hashtags.id
         where name like $1 || '%' and posts > 0
         order by posts desc, name limit $2 offset $3",
        escape_like(prefix),
        limit,
        offset,
    )
    .fetch_all(executor)
    .await
}

/// Those of `names` that at least one post carries.
pub async fn find_many(
    executor: impl PgExecutor<'_>,
    names: &[String],
) -> Result<Vec<HashtagRow>, sqlx::Error> {
    sqlx::query_as!(
        HashtagRow,
        "select name, posts from hashtags join hashtag_counters on hashtag_id = hashtags.id
         where name = any($1) and posts > 0",
        names
    )
    .fetch_all(executor)
    .await
}
