//! Liking posts.

use axum::{extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Path, Viewer},
    services::like,
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(like_post, unlike_post))
}

/// Like a post
#[utoipa::path(post, path = "/posts/{publicId}/likes", tag = "likes", params(("publicId" = Uuid, Path)), security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Liked, now or before."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn like_post(
    State(app): State<App>,
    viewer: Viewer,
    Path(post): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    like::like(&app, &viewer, post).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a like back
#[utoipa::path(delete, path = "/posts/{publicId}/likes", tag = "likes", params(("publicId" = Uuid, Path)), security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Not liked, any more or ever."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn unlike_post(
    State(app): State<App>,
    viewer: Viewer,
    Path(post): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    like::unlike(&app, &viewer, post).await?;
    Ok(StatusCode::NO_CONTENT)
}
