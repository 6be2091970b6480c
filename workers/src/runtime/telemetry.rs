//! Logs as JSON lines on standard output, and the process-wide metrics recorder.

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Names of the metrics.
pub mod names {
    /// Events handed to the broker, by type.
    pub const RELAY_PUBLISHED: &str = "phasma_relay_published_total";
    /// From a transaction's commit to the broker's acknowledgement.
    pub const RELAY_DELAY: &str = "phasma_relay_commit_to_broker_seconds";
    /// Sessions that ended in an error and were begun anew.
    pub const RELAY_RESTARTS: &str = "phasma_relay_restarts_total";
    /// Whether the relay streams: 1 or 0.
    pub const RELAY_STREAMING: &str = "phasma_relay_streaming";
    /// Bytes of log that the broker has not acknowledged yet.
    pub const RELAY_LAG: &str = "phasma_relay_lag_bytes";
    /// Bytes that may still be written before PostgreSQL gives the slot up.
    pub const RELAY_SAFE_WAL: &str = "phasma_relay_safe_wal_bytes";
    /// Events whose effect is in the database, by group.
    pub const CONSUMED: &str = "phasma_consumers_events_total";
    /// From a transaction's commit to its effect, by group.
    pub const CONSUMER_DELAY: &str = "phasma_consumers_commit_to_effect_seconds";
    /// Batches that had to be tried again, by group.
    pub const RETRIES: &str = "phasma_consumers_retries_total";
    /// Records that can never be processed, by group.
    pub const DEAD_LETTERS: &str = "phasma_consumers_dead_letters_total";
    /// Partitions that wait for a newer release, by group.
    pub const WAITING_PARTITIONS: &str = "phasma_consumers_waiting_partitions";
    /// Hints to connected viewers that could not be sent.
    pub const LOST_HINTS: &str = "phasma_consumers_lost_hints_total";
    /// Days for which the outbox has partitions. Below 1, writes stop tomorrow.
    pub const OUTBOX_DAYS: &str = "phasma_outbox_partition_days_ahead";
}

/// Upper bounds of the delay histograms, in seconds.
const DELAY_BUCKETS: [f64; 12] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0];

/// Starts logging with `filter`.
pub fn init_logs(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).context("the log filter is malformed")?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .try_init()
        .map_err(|error| anyhow::anyhow!("logging could not start: {error}"))
}

/// Installs the recorder.
pub fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DELAY_BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("metrics can't be recorded")
}
