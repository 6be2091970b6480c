//! Bounds around every request: how it may be rendered, how many run at once, and for how long.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{app::App, error::ApiError, telemetry::names};

/// A request that finds all places taken waits this long for one.
const QUEUE_WAIT: Duration = Duration::from_millis(500);
/// Nothing, not even a slow upload, takes longer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// On every answer: JSON and pictures are never documents, and what they say is for one viewer.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds the security headers that the handler hasn't set itself.
pub async fn set_security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// While draining, tells each client not to use its connection again: one that is idle when the server closes it may
/// just have been given the next request.
pub async fn part_while_draining(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if app.traffic.is_draining() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Lets as many requests run as there are permits; the others wait a moment, then are refused.
pub async fn shed_load(State(app): State<App>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(QUEUE_WAIT, app.traffic.permits.acquire()).await {
        Ok(Ok(_permit)) => next.run(request).await,
        _ => {
            metrics::counter!(names::SHED).increment(1);
            ApiError::unavailable("too many requests at once").into_response()
        }
    }
}

/// Drops what takes too long.
pub async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::Timeout.into_response(),
    }
}
