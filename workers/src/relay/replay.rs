//! Reading from the table what a lost slot may have missed.

use std::time::Duration;

use phasma_store::relay as store;
use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::{RelayError, producer::Producer, record::OutboxRecord};

/// Rows read at once, all acknowledged before the next are read.
const BATCH: i64 = 1_000;
/// Sequence numbers are taken before they are committed: rows that commit late lie this far below the checkpoint at
/// most, by a wide margin.
const MARGIN: i64 = 10_000;
/// Between two looks at what the broker acknowledged.
const LOOK: Duration = Duration::from_millis(10);

/// Makes sure that the slot exists and is whole; notes a replay before it makes a new one.
pub async fn ensure_slot(database: &mut PgConnection, slot: &str) -> Result<(), RelayError> {
    match store::find_slot(&mut *database, slot).await? {
        Some(found) if found.active => return Err(RelayError::SlotInUse(slot.to_owned())),
        Some(found) if found.lost => {
            tracing::warn!(slot, "the slot's log was removed; making it anew");
            store::begin_replay(&mut *database, slot, MARGIN).await?;
            store::drop_slot(&mut *database, slot).await?;
        }
        Some(_) => return Ok(()),
        None => {
            store::begin_replay(&mut *database, slot, MARGIN).await?;
        }
    }
    Ok(store::create_slot(database, slot).await?)
}

/// Publishes from the table, if a replay is due. What commits meanwhile comes by the slot.
pub async fn run(
    database: &mut PgConnection,
    producer: &Producer,
    slot: &str,
    stop: &CancellationToken,
) -> Result<(), RelayError> {
    let checkpoint = store::find_checkpoint(&mut *database, slot).await?;
    let Some(mut seq) = checkpoint.and_then(|checkpoint| checkpoint.replay_from) else { return Ok(()) };
    tracing::info!(slot, from = seq, "replaying the outbox");
    loop {
        let rows = store::list_outbox(&mut *database, seq, BATCH).await?;
        let Some(last) = rows.last().map(|row| row.seq) else { break };
        let transaction = producer.begin(OffsetDateTime::now_utc());
        for row in rows {
            producer.send(transaction, &OutboxRecord::from(row)).await?;
        }
        producer.committed(transaction, 0);
        all_acknowledged(producer, stop).await?;
        if stop.is_cancelled() {
            return Ok(());
        }
        seq = last;
        store::update_checkpoint(&mut *database, slot, seq).await?;
    }
    Ok(store::end_replay(database, slot).await?)
}

/// Waits until nothing is on its way.
pub async fn all_acknowledged(producer: &Producer, stop: &CancellationToken) -> Result<(), RelayError> {
    while !producer.progress()?.1 && !stop.is_cancelled() {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
