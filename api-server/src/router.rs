//! All routes, and what a request passes on its way to them.

use axum::{Router, extract::DefaultBodyLimit};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{app::App, openapi::Document};

/// Largest body of a request that is not an upload.
const BODY_LIMIT: usize = 64 * 1024;

/// Every documented route of the public listener.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
}

/// The public listener.
pub fn public(app: App) -> Router {
    let (router, _document) = routes().split_for_parts();
    router.layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state(app)
}

/// The internal listener, for Redpanda Connect alone.
pub fn internal(app: App) -> Router {
    Router::new().with_state(app)
}
