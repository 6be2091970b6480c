//! Health and metrics of a role: `/health` while the process lives, `/ready` once the role does its work,
//! `/metrics` for Prometheus.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Context;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

use super::telemetry;

/// Whether a role does its work.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }

    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Serves in the background until the process ends. Ready means that all of `parts` are.
pub async fn start(address: SocketAddr, parts: Vec<Readiness>) -> anyhow::Result<()> {
    let metrics = telemetry::install_metrics()?;
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("{address} can't be listened on"))?;
    let router = Router::new()
        .route("/health", get(async || StatusCode::NO_CONTENT))
        .route("/ready", get(ready).with_state(Arc::new(parts)))
        .route(
            "/metrics",
            get(async |State(metrics): State<PrometheusHandle>| metrics.render()).with_state(metrics),
        );
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the admin server ended");
        }
    });
    Ok(())
}

async fn ready(State(parts): State<Arc<Vec<Readiness>>>) -> StatusCode {
    if parts.iter().all(Readiness::get) { StatusCode::NO_CONTENT } else { StatusCode::SERVICE_UNAVAILABLE }
}
