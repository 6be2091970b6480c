//! `/healthz` (the process), `/readyz` (it works, or would if the leader went), `/metrics`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::metrics::Exposition;

/// Set once the operator works or stands by.
#[derive(Clone, Default)]
pub(super) struct Readiness(Arc<AtomicBool>);

impl Readiness {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn status(&self) -> StatusCode {
        if self.0.load(Ordering::Acquire) { StatusCode::NO_CONTENT } else { StatusCode::SERVICE_UNAVAILABLE }
    }
}

pub(super) struct AdminServer {
    listener: TcpListener,
    readiness: Readiness,
    metrics: Exposition,
}

impl AdminServer {
    pub(super) async fn bind(address: SocketAddr, metrics: Exposition) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| format!("bind {address}"))?;
        let address = listener.local_addr().context("local address")?;
        tracing::info!(%address, "serving probes and metrics");
        Ok(Self { listener, readiness: Readiness::default(), metrics })
    }

    pub(super) fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    pub(super) async fn serve(self, stop: CancellationToken) -> anyhow::Result<()> {
        let routes = Router::new()
            .route("/healthz", get(async || StatusCode::NO_CONTENT))
            .route("/readyz", get(async |State(ready): State<Readiness>| ready.status()))
            .with_state(self.readiness)
            .merge(Router::new().route("/metrics", get(scrape)).with_state(self.metrics));
        axum::serve(self.listener, routes)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
            .context("admin server")
    }
}

async fn scrape(State(metrics): State<Exposition>) -> String {
    metrics.render()
}
