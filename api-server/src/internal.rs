//! The internal listener: what other parts of the platform may ask, and people may not. Every request carries the
//! installation's token; the network lets only Redpanda Connect in.

mod authorize;
mod media_released;

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state, routing::post};

use crate::{app::App, error::ApiError, middleware::guard};

/// Largest body: 500 keys take about 22 kB.
const BODY_LIMIT: usize = 64 * 1024;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/internal/media-released", post(media_released::release))
        .fallback(async || ApiError::NotFound("There is nothing at this address."))
        .layer(from_fn_with_state(app.clone(), authorize::authorize))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(app.clone(), guard::part_while_draining))
        .with_state(app)
}
