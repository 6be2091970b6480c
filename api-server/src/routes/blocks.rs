//! Whom the viewer blocks and mutes.

use axum::{extract::State, http::StatusCode};
use phasma_store::users;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, PageParams, PageQuery, Path, Viewer},
    responses::{page::Page, user::UserResponse},
    services::block,
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(block_user, unblock_user))
        .routes(routes!(mute_user, unmute_user))
        .routes(routes!(list_blocks))
}

/// Block a person: neither sees the other any more
#[utoipa::path(post, path = "/users/{username}/block", tag = "blocks", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Blocked, now or before; follows both ways have ended."),
    (status = BAD_REQUEST, description = "Nobody blocks themselves.", body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn block_user(
    State(app): State<App>,
    viewer: Viewer,
    Path(username): Path<String>,
) -> Result<StatusCode, ApiError> {
    block::block(&app, &viewer, &username).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stop blocking a person
#[utoipa::path(delete, path = "/users/{username}/block", tag = "blocks", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Not blocked, any more or ever."),
    (status = BAD_REQUEST, description = "Nobody blocks themselves.", body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn unblock_user(
    State(app): State<App>,
    viewer: Viewer,
    Path(username): Path<String>,
) -> Result<StatusCode, ApiError> {
    block::unblock(&app, &viewer, &username).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mute a person: their posts and acts no longer come unasked
#[utoipa::path(post, path = "/users/{username}/mute", tag = "blocks", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Muted, now or before."),
    (status = BAD_REQUEST, description = "Nobody mutes themselves.", body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn mute_user(
    State(app): State<App>,
    viewer: Viewer,
    Path(username): Path<String>,
) -> Result<StatusCode, ApiError> {
    block::mute(&app, &viewer, &username).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stop muting a person
#[utoipa::path(delete, path = "/users/{username}/mute", tag = "blocks", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Not muted, any more or ever."),
    (status = BAD_REQUEST, description = "Nobody mutes themselves.", body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn unmute_user(
    State(app): State<App>,
    viewer: Viewer,
    Path(username): Path<String>,
) -> Result<StatusCode, ApiError> {
    block::unmute(&app, &viewer, &username).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whom one blocks, the newest block first
#[utoipa::path(get, path = "/users/me/blocks", tag = "blocks", params(PageParams), security(("session" = [])), responses(
    (status = OK, body = Page<UserResponse>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn list_blocks(
    State(app): State<App>,
    viewer: Viewer,
    page: PageQuery,
) -> Result<Json<Page<UserResponse>>, ApiError> {
    let rows = users::list_blocked(&app.pool, viewer.id(), page.cursor, page.limit + 1).await?;
    Page::of(rows, page.limit, users::UserRow::place, UserResponse::from).map(Json)
}
