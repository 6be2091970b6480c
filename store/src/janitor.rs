//! Housekeeping: partitions of the outbox, dead sessions, and the lock that keeps one janitor at work.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

/// Key of the advisory lock, the same for every replica.
const LOCK: i64 = 0x7068_6173_6d61; // "phasma"

/// Takes the janitor's lock for as long as `connection` lives, or says that another one has it.
pub async fn try_lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "locked!""#, LOCK).fetch_one(connection).await
}

/// Gives the lock back.
pub async fn unlock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!("select pg_advisory_unlock($1)", LOCK).fetch_one(connection).await?;
    Ok(())
}

/// Makes the outbox partitions of the next `days`; returns how many were missing.
pub async fn ensure_outbox(executor: impl PgExecutor<'_>, days: i32) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(r#"select outbox_ensure($1) as "made!""#, days).fetch_one(executor).await
}

/// Drops the outbox partitions that end by `before`; returns how many.
pub async fn drop_outbox(executor: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(r#"select outbox_drop($1) as "dropped!""#, before).fetch_one(executor).await
}

/// How many days ahead, from today, the outbox has partitions for. Writes stop when there are none.
pub async fn outbox_days_ahead(executor: impl PgExecutor<'_>) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(to_date(right(child.relname, 8), 'YYYYMMDD')) - (now() at time zone 'utc')::date, -1)
                  as "days!"
           from pg_inherits
           join pg_class child on child.oid = pg_inherits.inhrelid
           where pg_inherits.inhparent = 'outbox'::regclass"#
    )
    .fetch_one(executor)
    .await
}

/// Deletes at most `limit` expired sessions; returns how many.
pub async fn sweep_sessions(executor: impl PgExecutor<'_>, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from sessions where id in (select id from sessions where expires < now() limit $1)",
        limit,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}
