//! The relay's progress, and the outbox rows it reads again after its replication slot was lost.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// How far the relay got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckpointRow {
    /// Highest sequence number that the broker acknowledged.
    pub seq: i64,
    /// Rows above this number are still to be replayed.
    pub replay_from: Option<i64>,
}

/// One row of the outbox.
#[derive(Debug, Clone)]
pub struct OutboxRow {
    pub seq: i64,
    pub id: Uuid,
    pub aggregate_id: String,
    pub kind: String,
    /// The payload as PostgreSQL prints it.
    pub payload: String,
    pub created: OffsetDateTime,
}

pub async fn find_checkpoint(
    executor: impl PgExecutor<'_>,
    slot: &str,
) -> Result<Option<CheckpointRow>, sqlx::Error> {
    sqlx::query_as!(CheckpointRow, "select seq, replay_from from relay_checkpoints where slot = $1", slot)
        .fetch_optional(executor)
        .await
}

/// Remembers that everything up to `seq` is acknowledged; never goes back.
pub async fn update_checkpoint(
    executor: impl PgExecutor<'_>,
    slot: &str,
    seq: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into relay_checkpoints as checkpoint (slot, seq) values ($1, $2)
         on conflict (slot) do update set seq = greatest(checkpoint.seq, excluded.seq), updated = now()",
        slot,
        seq,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Notes that the slot is about to be made anew, so that a crash doesn't forget the replay. A replay that was
/// already due keeps its start. Returns where the replay has to start.
pub async fn begin_replay(
    executor: impl PgExecutor<'_>,
    slot: &str,
    margin: i64,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into relay_checkpoints as checkpoint (slot, replay_from) values ($1, 0)
           on conflict (slot) do update
               set replay_from = coalesce(checkpoint.replay_from, greatest(checkpoint.seq - $2::bigint, 0)),
                   updated = now()
           returning replay_from as "replay_from!""#,
        slot,
        margin,
    )
    .fetch_one(executor)
    .await
}

/// Notes that every relay has to replay all that the outbox still holds: the topics were made anew.
pub async fn request_replay(executor: impl PgExecutor<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!("update relay_checkpoints set replay_from = 0, updated = now()").execute(executor).await?;
    Ok(())
}

/// Notes that the replay reached its end.
pub async fn end_replay(executor: impl PgExecutor<'_>, slot: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update relay_checkpoints set replay_from = null, updated = now() where slot = $1", slot)
        .execute(executor)
        .await?;
    Ok(())
}

/// The next `limit` outbox rows above `seq`, in order.
pub async fn list_outbox(
    executor: impl PgExecutor<'_>,
    seq: i64,
    limit: i64,
) -> Result<Vec<OutboxRow>, sqlx::Error> {
    sqlx::query_as!(
        OutboxRow,
        r#"select seq, id, aggregate_id, type as kind, payload::text as "payload!", created
           from outbox where seq > $1 order by seq limit $2"#,
        seq,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// How a slot that streams is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotHealthRow {
    /// Bytes of log that were written and not yet confirmed.
    pub lag: i64,
    /// Bytes that may still be written before the slot is lost; `None` without a limit.
    pub safe_wal_size: Option<i64>,
    /// A replay was asked for while it streamed.
    pub replay_due: bool,
}

pub async fn find_slot_health(
    executor: impl PgExecutor<'_>,
    slot: &str,
) -> Result<Option<SlotHealthRow>, sqlx::Error> {
    sqlx::query_as!(
        SlotHealthRow,
        r#"select coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn), 0)::bigint as "lag!",
                  s.safe_wal_size,
                  exists (
                      select from relay_checkpoints c where c.slot = $1 and c.replay_from is not null
                  ) as "replay_due!"
           from pg_replication_slots s where s.slot_name = $1"#,
        slot
    )
    .fetch_optional(executor)
    .await
}

/// What PostgreSQL says about a replication slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRow {
    /// A session streams from it now.
    pub active: bool,
    /// Its log was removed; nothing can be read from it any more.
    pub lost: bool,
}

pub async fn find_slot(executor: impl PgExecutor<'_>, slot: &str) -> Result<Option<SlotRow>, sqlx::Error> {
    sqlx::query_as!(
        SlotRow,
        r#"select active as "active!",
                  (wal_status = 'lost' or invalidation_reason is not null) as "lost!"
           from pg_replication_slots where slot_name = $1 and database = current_database()"#,
        slot
    )
    .fetch_optional(executor)
    .await
}

/// Makes a slot. What was committed before can be read from the table, what is committed later comes by the slot.
pub async fn create_slot(executor: impl PgExecutor<'_>, slot: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("select from pg_create_logical_replication_slot($1, 'pgoutput')", slot)
        .fetch_one(executor)
        .await?;
    Ok(())
}

pub async fn drop_slot(executor: impl PgExecutor<'_>, slot: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("select from pg_drop_replication_slot($1)", slot).fetch_one(executor).await?;
    Ok(())
}

/// Whether the publication exists. Streaming from one that doesn't is accepted by the server, and silent.
pub async fn publication_exists(
    executor: impl PgExecutor<'_>,
    publication: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from pg_publication where pubname = $1) as "exists!""#,
        publication
    )
    .fetch_one(executor)
    .await
}
