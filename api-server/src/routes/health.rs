//! For machines: is it alive, may it get traffic, what is away, how is it doing, and what does it speak.

use std::{future::Future, time::Duration};

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use phasma_store::health;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::Json,
    openapi,
};

/// A dependency that takes longer to answer counts as away.
const PATIENCE: Duration = Duration::from_secs(2);

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_health))
        .routes(routes!(get_ready))
        .routes(routes!(get_traffic_health))
        .routes(routes!(get_background_health))
        .routes(routes!(get_metrics))
        .routes(routes!(get_openapi))
}

/// Whether the process is alive
#[utoipa::path(get, path = "/health", tag = "health", responses((status = NO_CONTENT, description = "Alive.")))]
async fn get_health() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Whether everything needed is there
#[utoipa::path(get, path = "/ready", tag = "health", responses(
    (status = NO_CONTENT, description = "Ready."),
    (status = SERVICE_UNAVAILABLE, description = "Names what is missing.", body = ErrorResponse),
))]
async fn get_ready(State(app): State<App>) -> Result<StatusCode, ApiError> {
    if answers(health::ping(&app.pool)).await {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NotReady("PostgreSQL does not answer."))
    }
}

/// Whether new requests should come here
#[utoipa::path(get, path = "/health/traffic", tag = "health", responses(
    (status = NO_CONTENT, description = "They should."),
    (status = SERVICE_UNAVAILABLE, description = "Stopping.", body = ErrorResponse),
))]
async fn get_traffic_health(State(app): State<App>) -> Result<StatusCode, ApiError> {
    if app.traffic.is_draining() { Err(ApiError::NotReady("Stopping.")) } else { Ok(StatusCode::NO_CONTENT) }
}

/// How the parts behind the API are.
#[derive(Debug, Serialize, ToSchema)]
struct BackgroundHealthResponse {
    components: Vec<ComponentHealth>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ComponentHealth {
    name: &'static str,
    /// What the API does without it is in its documentation; it never stops for anything but PostgreSQL.
    healthy: bool,
}

/// How the parts behind the API are
#[utoipa::path(get, path = "/health/background", tag = "health", responses(
    (status = OK, body = BackgroundHealthResponse),
))]
async fn get_background_health(State(app): State<App>) -> Json<BackgroundHealthResponse> {
    let search = async {
        match &app.search {
            Some(search) => Some(search.is_healthy().await),
            None => None,
        }
    };
    let (database, cache, object_store, search) = tokio::join!(
        answers(health::ping(&app.pool)),
        answers(app.cache.ping()),
        answers(app.object_store.check()),
        search
    );
    let component = |name, healthy| ComponentHealth { name, healthy };
    let mut components = vec![
        component("postgresql", database),
        component("cache", cache),
        component("object-store", object_store),
    ];
    components.extend(search.map(|healthy| component("search", healthy)));
    Json(BackgroundHealthResponse { components })
}

async fn answers<E>(check: impl Future<Output = Result<(), E>>) -> bool {
    matches!(tokio::time::timeout(PATIENCE, check).await, Ok(Ok(())))
}

/// Measurements, for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "health", responses(
    (status = OK, content_type = "text/plain", body = String),
))]
async fn get_metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render()).into_response()
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "health", responses(
    (status = OK, content_type = "application/json", body = serde_json::Value),
))]
async fn get_openapi() -> Result<Response, ApiError> {
    let document = openapi::document_json().map_err(ApiError::internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], document).into_response())
}
