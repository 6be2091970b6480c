//! One log line and one measurement a request, by route pattern, never by address: addresses name people.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};

use crate::{middleware::request_id::RequestId, telemetry::names};

/// Asked many times a minute by machines.
const SILENT: [&str; 4] = ["/health", "/health/traffic", "/ready", "/metrics"];

pub async fn log_access(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let response = next.run(request).await;
    if !SILENT.contains(&route.as_str()) {
        let status = response.status().as_u16();
        let seconds = start.elapsed().as_secs_f64();
        let id = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
        tracing::info!(target: "access", %method, route, status, duration_ms = seconds * 1000.0, request_id = id);
        metrics::histogram!(
            names::REQUEST_DURATION,
            "method" => method.to_string(), "route" => route, "status" => status.to_string()
        )
        .record(seconds);
    }
    response
}
