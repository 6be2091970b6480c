//! Who follows whom.

use axum::{extract::State, http::StatusCode};
use phasma_store::users;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, PageParams, PageQuery, Path, Viewer},
    responses::{page::Page, user::UserResponse},
    routes::users::require_user,
    services::follow,
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(follow_user, unfollow_user))
        .routes(routes!(list_followers))
        .routes(routes!(list_following))
}

/// Follow a person
#[utoipa::path(post, path = "/users/{username}/follow", tag = "follows", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Followed, now or before."),
    (status = BAD_REQUEST, description = "Nobody follows themselves.", body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn follow_user(
    State(app): State<App>,
    viewer: Viewer,
    Path(username): Path<String>,
) -> Result<StatusCode, ApiError> {
    follow::follow(&app, &viewer, &username).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stop following a person
#[utoipa::path(delete, path = "/users/{username}/follow", tag = "follows", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Not followed, any more or ever."),
    (status = BAD_REQUEST, description = "Nobody follows themselves.", body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn unfollow_user(
    State(app): State<App>,
    viewer: Viewer,
    Path(username): Path<String>,
) -> Result<StatusCode, ApiError> {
    follow::unfollow(&app, &viewer, &username).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who follows a person, the newest first
#[utoipa::path(get, path = "/users/{username}/followers", tag = "follows", params(PageParams), security(("session" = [])), responses(
    (status = OK, body = Page<UserResponse>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn list_followers(
    State(app): State<App>,
    viewer: Viewer,
    Path(username): Path<String>,
    page: PageQuery,
) -> Result<Json<Page<UserResponse>>, ApiError> {
    let rows =
        users::list_followers(&app.pool, Some(viewer.id()), &username, page.cursor, page.limit + 1).await?;
    page_of(&app, &viewer, &username, rows, page.limit).await
}

/// Whom a person follows, the newest first
#[utoipa::path(get, path = "/users/{username}/following", tag = "follows", params(PageParams), security(("session" = [])), responses(
    (status = OK, body = Page<UserResponse>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn list_following(
    State(app): State<App>,
    viewer: Viewer,
    Path(username): Path<String>,
    page: PageQuery,
) -> Result<Json<Page<UserResponse>>, ApiError> {
    let rows =
        users::list_following(&app.pool, Some(viewer.id()), &username, page.cursor, page.limit + 1).await?;
    page_of(&app, &viewer, &username, rows, page.limit).await
}

async fn page_of(
    app: &App,
    viewer: &Viewer,
    username: &str,
    rows: Vec<users::UserRow>,
    limit: i64,
) -> Result<Json<Page<UserResponse>>, ApiError> {
    if rows.is_empty() {
        require_user(app, Some(viewer.id()), username).await?;
    }
    Page::of(rows, limit, users::UserRow::place, UserResponse::from).map(Json)
}
