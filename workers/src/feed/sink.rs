//! Writing feeds. Every statement takes its rows from posts and follows as they are.

use phasma_store::feed_writes::{self, FanOutPlace};
use sqlx::PgPool;

use super::handler::FeedChanges;

/// Rows of a fan-out in one statement: bounds the locks and the work that a crash repeats.
const CHUNK: i64 = 5_000;

/// Brings about `changes`; may be repeated.
pub async fn write(pool: &PgPool, changes: &FeedChanges) -> Result<(), sqlx::Error> {
    if !changes.ended.0.is_empty() {
        feed_writes::prune(pool, &changes.ended.0, &changes.ended.1).await?;
    }
    if !changes.begun.0.is_empty() {
        feed_writes::backfill(pool, &changes.begun.0, &changes.begun.1).await?;
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
