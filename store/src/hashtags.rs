//! Hashtags and the posts that carry them.

use sqlx::{PgConnection, PgExecutor};

/// How many posts carry the tag of this normalised name; `None` if none does or did.
pub async fn count_posts(executor: impl PgExecutor<'_>, name: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select c.posts from hashtags h join hashtag_counters c on c.hashtag_id = h.id where h.name = $1",
        name,
    )
    .fetch_optional(executor)
    .await
}

/// What tagging a post did.
#[derive(Debug, Clone, Default)]
pub struct Tagged {
    /// Keys of the post's tags.
    pub ids: Vec<i64>,
    /// Names nobody had used before.
    pub new: Vec<String>,
}

/// Ties `names` to the post, making tags that don't exist yet. New rows are written in the order of their names,
/// so that two posts with the same new tags wait for each other instead of locking up.
pub async fn tag(connection: &mut PgConnection, post: i64, names: &[String]) -> Result<Tagged, sqlx::Error> {
    if names.is_empty() {
        return Ok(Tagged::default());
    }
    let new = sqlx::query_scalar!(
        "with made as (
             insert into hashtags (name) select name from unnest($1::text[]) as name order by name
             on conflict do nothing returning id, name
         ), counters as (
             insert into hashtag_counters (hashtag_id) select id from made
         )
         select name from made order by name",
        names,
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids = sqlx::query_scalar!(
        "insert into post_hashtags (post_id, hashtag_id) select $1, id from hashtags where name = any($2)
         returning hashtag_id",
        post,
        names,
    )
    .fetch_all(connection)
    .await?;
    Ok(Tagged { ids, new })
}

/// Takes tags off the post; returns their keys.
pub async fn untag(
    connection: &mut PgConnection,
    post: i64,
    names: &[String],
) -> Result<Vec<i64>, sqlx::Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar!(
        "delete from post_hashtags t using hashtags h
         where t.post_id = $1 and h.id = t.hashtag_id and h.name = any($2)
         returning t.hashtag_id",
        post,
        names,
    )
    .fetch_all(connection)
    .await
}

/// Counts one post more for some tags and one less for others, locking all in id order.
pub async fn move_counters(
    connection: &mut PgConnection,
    added: &[i64],
    removed: &[i64],
) -> Result<(), sqlx::Error> {
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "with tag as materialized (
             select hashtag_id from hashtag_counters
             where hashtag_id = any($1) or hashtag_id = any($2) order by hashtag_id for update
         )
         update hashtag_counters c set posts = posts + case when c.hashtag_id = any($1) then 1 else -1 end
         from tag where c.hashtag_id = tag.hashtag_id",
        added,
        removed,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds `delta` to the number of posts of each tag, locking in id order.
pub async fn add_to_counters(
    connection: &mut PgConnection,
    tags: &[i64],
    delta: i64,
) -> Result<(), sqlx::Error> {
    if tags.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "with tag as materialized (
             select hashtag_id from hashtag_counters where hashtag_id = any($1) order by hashtag_id for update
         )
         update hashtag_counters c set posts = posts + $2 from tag where c.hashtag_id = tag.hashtag_id",
        tags,
        delta,
    )
    .execute(connection)
    .await?;
    Ok(())
}
