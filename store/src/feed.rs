//! Reading the feed.

use phasma_domain::page::Cursor;
use sqlx::PgExecutor;

use crate::posts::{PostRow, post_page};

/// The viewer's feed: what was fanned out to them and is still by someone they follow and haven't muted, their own posts,
/// and those of the celebrities they follow, each leg by its own index and limit. What was fanned out of a celebrity
/// before it became one is left out: the last leg has it.
pub async fn list(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<PostRow>, sqlx::Error> {
    post_page!(
        "select leg.id, leg.created as at,
                row_number() over (order by leg.created desc, leg.public_id desc) as position
         from (
             (select post.id, f.created, f.post_id as public_id
              from feed f
              cross join lateral (select id, user_id from posts where public_id = f.post_id limit 1) post
              cross join lateral (
                  select from follows w
                  where w.follower_id = $1 and w.followed_id = post.user_id and not w.of_celebrity limit 1
              ) still_followed
              where f.user_id = $1 and (f.created, f.post_id) < ($2, $3)
                and not exists (select from blocks_or_mutes($1, post.user_id))
              order by f.created desc, f.post_id desc limit $4)
             union all
             (select p.id, p.created, p.public_id
              from posts p
              where p.user_id = $1 and (p.created, p.public_id) < ($2, $3)
              order by p.created desc, p.public_id desc limit $4)
             union all
             (select post.id, post.created, post.public_id
              from follows w
              cross join lateral (
                  select p.id, p.created, p.public_id from posts p
                  where p.user_id = w.followed_id and (p.created, p.public_id) < ($2, $3)
                  order by p.created desc, p.public_id desc limit $4
              ) post
              where w.follower_id = $1 and w.of_celebrity
                and not exists (select from blocks_or_mutes($1, w.followed_id))
              order by post.created desc, post.public_id desc limit $4)
         ) leg
         order by leg.created desc, leg.public_id desc limit $4",
        viewer,
        after.created,
        after.id,
        limit
    )
    .fetch_all(executor)
    .await
}
