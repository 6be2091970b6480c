//! The relay: outbox rows travel from PostgreSQL's write-ahead log to the topics.
//!
//! Promise: every committed row reaches its topic at least once, rows of one key in their order. The log position is
//! confirmed only past what the broker acknowledged, so a crash repeats and never loses. A lost slot is made anew and
//! what it may have missed is read from the table. Memory is bounded: when the broker is slow, reading stops.

mod pgoutput;
mod producer;
mod record;
mod replay;
mod session;
mod tracker;

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use metrics::{counter, gauge};
use pgwire_replication::PgWireError;
use rdkafka::error::KafkaError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    config::RelayConfig,
    runtime::{
        admin_server::{self, Readiness},
        shutdown,
        telemetry::names,
    },
};

/// Waits between sessions grow from the first to the second, and start anew after a session that lasted.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const LASTED: Duration = Duration::from_secs(30);
/// How often a relay that waits for another one's slot looks again.
const STANDBY_WAIT: Duration = Duration::from_secs(1);

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    #[error("the address of the database is malformed: {0}")]
    Address(String),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("replication: {0}")]
    Replication(#[from] PgWireError),
    #[error("broker: {0}")]
    Broker(#[from] KafkaError),
    #[error("the publication {0} is missing: run the migrations first")]
    NoPublication(&'static str),
    #[error("the topic {0} is missing: run provision first")]
    NoTopic(String),
    #[error("another relay streams from the slot {0}")]
    SlotInUse(String),
    #[error("the log holds something this release can't read: {0}")]
    Malformed(#[from] pgoutput::DecodeError),
    /// A newer release wrote it: waiting for that release loses nothing, skipping would.
    #[error("events of type {0:?} have no topic in this release")]
    UnknownEvent(String),
    #[error("the server ended the stream")]
    Ended,
    #[error("the topics were made anew: replaying the outbox")]
    ReplayDue,
    #[error("told to stop while the broker takes no more")]
    Stopped,
}

/// Relays until told to stop.
pub async fn run(config: RelayConfig) -> anyhow::Result<()> {
    let stop = shutdown::on_signal()?;
    let readiness = Readiness::default();
    admin_server::start(config.admin.admin_address, vec![readiness.clone()]).await?;
    stay_connected(&config, &readiness, &stop).await;
    Ok(())
}

/// Begins a session after the other.
async fn stay_connected(config: &RelayConfig, readiness: &Readiness, stop: &CancellationToken) {
    let policy = ExponentialBuilder::new()
        .with_min_delay(FIRST_WAIT)
        .with_max_delay(LONGEST_WAIT)
        .without_max_times()
        .with_jitter();
    let mut waits = policy.build();
    while !stop.is_cancelled() {
        let begun = Instant::now();
        let Err(error) = session::run(config, readiness, stop).await else { continue };
        readiness.set(false);
        gauge!(names::RELAY_STREAMING).set(0.0);
        let wait = if let RelayError::SlotInUse(_) = error {
            tracing::info!(%error, "standing by");
            STANDBY_WAIT
        } else {
            if begun.elapsed() > LASTED {
                waits = policy.build();
            }
            counter!(names::RELAY_RESTARTS).increment(1);
            tracing::warn!(%error, "the session ended; beginning anew");
            waits.next().unwrap_or(LONGEST_WAIT)
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}
