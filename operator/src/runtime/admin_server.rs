//! `/healthz` (the process), `/readyz` (the definition is there and controllers run), `/metrics`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Set once the operator does its work.
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
    metrics: PrometheusHandle,
}

impl AdminServer {
    pub(super) async fn bind(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| format!("bind {address}"))?;
        let metrics = PrometheusBuilder::new().install_recorder().context("metrics recorder")?;
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

async fn scrape(State(metrics): State<PrometheusHandle>) -> String {
    metrics.render()
}
