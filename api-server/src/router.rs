//! The listeners: all routes, and what a request passes on its way to them.

use std::any::Any;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    csrf::{ConfigError, CsrfLayer, ProtectionError},
};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    app::App,
    error::ApiError,
    internal,
    middleware::{access_log, database, guard, identify, request_id},
    openapi::{self, Document},
    routes,
};

/// Largest body of a request that is not an upload.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// Every documented route of the public listener.
pub fn documented() -> OpenApiRouter<App> {
    let mut router = OpenApiRouter::with_openapi(Document::openapi()).merge(routes::all());
    openapi::declare_common_answers(router.get_openapi_mut());
    router
}

/// The public listener. Layers run from the top down.
pub fn public(app: App) -> Result<Router, ConfigError> {
    let same_origin = CsrfLayer::new()
        .add_trusted_origin(&app.config.public_origin)?
        .with_rejection_response(refuse_other_origins);
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), guard::part_while_draining))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(from_fn(request_id::set_request_id))
        .layer(from_fn(access_log::log_access))
        .layer(from_fn(guard::set_security_headers))
        .layer(same_origin)
        .layer(from_fn_with_state(app.clone(), guard::shed_load))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn(guard::limit_time))
        .layer(from_fn_with_state(app.clone(), database::guard_database))
        .layer(from_fn_with_state(app.clone(), identify::identify));
    let (router, _document) = documented().split_for_parts();
    Ok(router
        .fallback(async || ApiError::NotFound("There is nothing at this address."))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(layers)
        .with_state(app))
}

/// The internal listener, for Redpanda Connect alone.
pub fn internal(app: App) -> Router {
    internal::router(app)
}

fn refuse_other_origins(_error: ProtectionError) -> Response {
    ApiError::Forbidden("Requests from other sites are not accepted.").into_response()
}

fn answer_panic(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    ApiError::internal(format!("a handler panicked: {message}")).into_response()
}
