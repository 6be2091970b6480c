//! Logs as JSON lines, filtered by `PHASMA_LOG`.

use phasma_domain::contract::env;
use tracing_subscriber::EnvFilter;

pub(super) fn initialise() {
    let filter = EnvFilter::try_from_env(env::LOG).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).init();
}
