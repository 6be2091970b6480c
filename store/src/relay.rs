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
