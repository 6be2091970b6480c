//! Writing the materialised feed. Every row comes from what posts and follows say now, so a late or repeated event
//! changes nothing that is no longer true.

use phasma_domain::follow::{BACKFILL_POSTS, FEED_MAX_ROWS};
use sqlx::PgExecutor;
use uuid::Uuid;

/// Where a fan-out goes on: the last reader and post that were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FanOutPlace {
    pub user_id: i64,
    pub post_id: Uuid,
}

impl FanOutPlace {
    /// Before the first reader.
    pub const START: Self = Self { user_id: 0, post_id: Uuid::nil() };
}

/// What one step of a fan-out did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FanOutStep {
    /// Rows that were new.
    pub written: i64,
    /// Where to go on, or `None` at the end.
    pub next: Option<FanOutPlace>,
}

/// Puts posts into their followers' feeds, at most `limit` rows in a statement. Posts that are gone and authors
/// whose posts are read at query time yield nothing.
pub async fn fan_out(
    executor: impl PgExecutor<'_>,
    posts: &[Uuid],
    after: FanOutPlace,
    limit: i64,
) -> Result<FanOutStep, sqlx::Error> {
    let row = sqlx::query!(
        r#"with page as materialized (
               select follows.follower_id as user_id, posts.created, posts.public_id as post_id
               from posts
               join users author on author.id = posts.user_id and not author.is_celebrity
               join follows on follows.followed_id = posts.user_id
               where posts.public_id = any($1)
                 and (follows.follower_id, posts.public_id) > ($2::bigint, $3::uuid)
               order by follows.follower_id, posts.public_id
               limit $4
           ), written as (
               insert into feed (user_id, created, post_id)
               select user_id, created, post_id from page order by user_id, created, post_id
               on conflict do nothing
               returning 1
           ), last as (
               select user_id, post_id from page order by user_id desc, post_id desc limit 1
           )
           select (select count(*) from page) as "looked_at!", (select count(*) from written) as "written!",
                  (select user_id from last) as user_id, (select post_id from last) as post_id"#,
        posts,
        after.user_id,
        after.post_id,
        limit,
    )
    .fetch_one(executor)
    .await?;
    let last = row.user_id.zip(row.post_id).map(|(user_id, post_id)| FanOutPlace { user_id, post_id });
    Ok(FanOutStep { written: row.written, next: last.filter(|_| row.looked_at >= limit) })
}

/// Brings the newest posts of each followed account into its new follower's feed, where the follow still holds.
/// The two slices are pairs of public ids.
pub async fn backfill(
    executor: impl PgExecutor<'_>,
    followers: &[Uuid],
    followed: &[Uuid],
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "insert into feed (user_id, created, post_id)
         select follows.follower_id, post.created, post.public_id
         from unnest($1::uuid[], $2::uuid[]) as pair (follower, followed)
         join users follower on follower.public_id = pair.follower
         join users followed on followed.public_id = pair.followed and not followed.is_celebrity
         join follows on follows.follower_id = follower.id and follows.followed_id = followed.id
         cross join lateral (
             select created, public_id from posts where user_id = followed.id
             order by created desc, public_id desc limit $3
         ) post
         order by 1, 2, 3
         on conflict do nothing",
        followers,
        followed,
        BACKFILL_POSTS,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Takes a no longer followed account's posts out of the feed, unless the follow holds again.
/// The two slices are pairs of public ids.
pub async fn prune(
    executor: impl PgExecutor<'_>,
    followers: &[Uuid],
    followed: &[Uuid],
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from feed
         using unnest($1::uuid[], $2::uuid[]) as pair (follower, followed), users follower, users followed, posts
         where follower.public_id = pair.follower
           and followed.public_id = pair.followed
           and feed.user_id = follower.id
           and posts.public_id = feed.post_id
           and posts.user_id = followed.id
           and not exists (
               select from follows where follower_id = follower.id and followed_id = followed.id
           )",
        followers,
        followed,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Cuts the feeds of the next `limit` users above `after` down to the newest [`FEED_MAX_ROWS`], and removes what a
/// late fan-out wrote for users between them who are gone. Returns the last user looked at, or `None` when there are
/// no more.
pub async fn trim(executor: impl PgExecutor<'_>, after: i64, limit: i64) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "with page as materialized (
             select id from users where id > $1 order by id limit $2
         ), cut as (
             select page.id, edge.created, edge.post_id
             from page cross join lateral (
                 select created, post_id from feed where user_id = page.id
                 order by created desc, post_id desc offset $3 limit 1
             ) edge
         ), removed as (
             delete from feed using cut
             where feed.user_id = cut.id and (feed.created, feed.post_id) <= (cut.created, cut.post_id)
         ), gone as (
             select missing.id from generate_series($1 + 1, (select max(id) from page)) as missing (id)
             where not exists (select from page where page.id = missing.id)
         ), orphaned as (
             delete from feed using gone where feed.user_id = gone.id
         )
         select max(id) from page",
        after,
        limit,
        FEED_MAX_ROWS,
    )
    .fetch_one(executor)
    .await
}
