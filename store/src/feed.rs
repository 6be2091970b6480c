//! Reading the feed.

use phasma_domain::page::Cursor;
use sqlx::PgExecutor;

use crate::posts::{PostRow, select_posts};

/// A viewer's feed, newest first: what was materialised for them and still comes from someone they follow, and their
/// own posts, which need no materialising to be there at once. Each leg stops at the limit before they meet.
pub async fn list(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<PostRow>, sqlx::Error> {
    select_posts!(
        "select post_id, listed from (
             (select posts.id as post_id, feed.created as listed, feed.post_id as place
              from feed
              join posts on posts.public_id = feed.post_id
              join lateral (
                  select from follows
                  where follows.follower_id = $1 and follows.followed_id = posts.user_id limit 1
              ) followed on true
              where feed.user_id = $1 and (feed.created, feed.post_id) < ($2, $3)
              order by feed.created desc, feed.post_id desc limit $4)
             union all
             (select id, created, public_id from posts
              where user_id = $1 and (created, public_id) < ($2, $3)
              order by created desc, public_id desc limit $4)
         ) legs
         order by listed desc, place desc limit $4",
        viewer,
        after.created,
        after.id,
        limit,
    )
    .fetch_all(executor)
    .await
}
