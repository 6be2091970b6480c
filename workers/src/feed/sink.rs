//! Writing feeds. Every statement takes its rows from posts and follows as they are.

use phasma_store::feed_writes::{self, FanOutPlace};
use sqlx::PgPool;

use super::handler::FeedChanges;

/// Rows of a fan-out in one statement: bounds the locks and the work that a crash repeats.
const CHUNK: i64 = 5_000;
/// Follows in one statement, each of which brings 50 posts along at most.
const FOLLOWS: usize = 100;

/// Brings about `changes`; may be repeated.
pub async fn write(pool: &PgPool, changes: &FeedChanges) -> Result<(), sqlx::Error> {
    if !changes.ended.0.is_empty() {
        feed_writes::prune(pool, &changes.ended.0, &changes.ended.1).await?;
    }
    let (followers, followed) = &changes.begun;
    for (followers, followed) in followers.chunks(FOLLOWS).zip(followed.chunks(FOLLOWS)) {
        feed_writes::backfill(pool, followers, followed).await?;
    }
    if changes.posts.is_empty() {
        return Ok(());
    }
    let mut place = Some(FanOutPlace::START);
    while let Some(from) = place {
        place = feed_writes::fan_out(pool, &changes.posts, from, CHUNK).await?.next;
    }
    Ok(())
}
