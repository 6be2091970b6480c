//! Logs as JSON lines on standard output, and the process-wide metrics recorder.

use std::sync::OnceLock;

use anyhow::Context;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Upper bounds of the request duration histogram, in seconds.
const DURATION_BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Names of the metrics, for the code that counts and the documents that explain.
pub mod names {
    /// Histogram by method, route pattern and status.
    pub const REQUEST_DURATION: &str = "phasma_api_request_duration_seconds";
    /// Requests refused for their pace, by class.
    pub const RATE_LIMITED: &str = "phasma_api_rate_limited_total";
    /// Decisions taken in this process because the cache was away, by kind.
    pub const LIMIT_FALLBACK: &str = "phasma_api_limit_fallback_total";
    /// Searches answered by PostgreSQL, by reason.
    pub const SEARCH_FALLBACK: &str = "phasma_api_search_fallback_total";
    /// Requests refused because too many were running.
    pub const SHED: &str = "phasma_api_shed_total";
    /// Requests done again because their connection broke or their transaction gave way.
    pub const DATABASE_REPEATS: &str = "phasma_api_database_repeats_total";
    /// Requests refused because the database is away.
    pub const DATABASE_REFUSED: &str = "phasma_api_database_refused_total";
}

/// Starts logging with `filter`, as of `RUST_LOG`.
pub fn init_logs(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).context("the log filter is malformed")?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .try_init()
        .map_err(|error| anyhow::anyhow!("logging could not start: {error}"))
}

/// The recorder's handle; installs it on the first call.
pub fn metrics() -> Result<PrometheusHandle, BuildError> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(names::REQUEST_DURATION.to_owned()), &DURATION_BUCKETS)?
        .build_recorder();
    let handle = HANDLE.get_or_init(|| recorder.handle()).clone();
    // Another thread may have been first; then its recorder stays and this one is dropped.
    let _ = metrics::set_global_recorder(recorder);
    Ok(handle)
}
