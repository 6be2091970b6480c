//! Housekeeping, by one replica at a time: partitions of the outbox, dead sessions, uploads nobody used, long feeds.

use std::time::Duration;

use metrics::gauge;
use phasma_store::{feed_writes, janitor as store, uploads};
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::runtime::telemetry::names;

/// Between two rounds, and after one that failed.
const ROUND: Duration = Duration::from_secs(10 * 60);
const RETRY: Duration = Duration::from_secs(30);
/// Partitions are made this many days ahead and kept this many days back.
const DAYS_AHEAD: i32 = 14;
const DAYS_KEPT: time::Duration = time::Duration::days(3);
/// Rows removed, and users looked at, in one statement.
const CHUNK: i64 = 1_000;

/// Cleans up until told to stop.
pub async fn run(pool: PgPool, stop: CancellationToken) -> anyhow::Result<()> {
    while !stop.is_cancelled() {
        let wait = match round(&pool, &stop).await {
            Ok(()) => ROUND,
            Err(error) => {
                tracing::warn!(%error, "housekeeping failed; trying again later");
                RETRY
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    Ok(())
}

/// One round, unless another replica is at it.
async fn round(pool: &PgPool, stop: &CancellationToken) -> Result<(), sqlx::Error> {
    let mut lock = pool.acquire().await?;
    if !store::try_lock(&mut lock).await? {
        return Ok(());
    }
    let done = clean(pool, stop).await;
    store::unlock(&mut lock).await?;
    done
}

async fn clean(pool: &PgPool, stop: &CancellationToken) -> Result<(), sqlx::Error> {
    let ensured = store::ensure_outbox(pool, DAYS_AHEAD).await;
    // Measured in any case: the alert is for the day when none can be made.
    gauge!(names::OUTBOX_DAYS).set(f64::from(store::outbox_days_ahead(pool).await?));
    ensured?;
    store::drop_outbox(pool, OffsetDateTime::now_utc() - DAYS_KEPT).await?;
    while !stop.is_cancelled() && store::sweep_sessions(pool, CHUNK).await? > 0 {}
    expire_uploads(pool, stop).await?;
    let mut user = Some(0);
    while let Some(after) = user
        && !stop.is_cancelled()
    {
        user = feed_writes::trim(pool, after, CHUNK).await?;
    }
    Ok(())
}

/// Forgets uploads that waited too long, and releases their pictures in the same transaction.
async fn expire_uploads(pool: &PgPool, stop: &CancellationToken) -> Result<(), sqlx::Error> {
    while !stop.is_cancelled() {
        let mut transaction = pool.begin().await?;
        let expired = uploads::expire(&mut transaction, OffsetDateTime::now_utc()).await?;
        transaction.commit().await?;
        if expired == 0 {
            break;
        }
    }
    Ok(())
}
