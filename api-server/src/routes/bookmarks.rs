//! Keeping posts for later.

use axum::{extract::State, http::StatusCode};
use phasma_store::{
    bookmarks,
    posts::{self, PostRow},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, PageParams, PageQuery, Path, Viewer},
    responses::{page::Page, post::PostResponse},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(bookmark_post, unbookmark_post)).routes(routes!(list_bookmarks))
}

/// Keep a post for later
#[utoipa::path(post, path = "/posts/{publicId}/bookmark", tag = "bookmarks", params(("publicId" = Uuid, Path)), security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Kept, now or before."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn bookmark_post(
    State(app): State<App>,
    viewer: Viewer,
    Path(post): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    done(bookmarks::insert(&app.pool, viewer.id(), post).await?)
}

/// Keep a post no longer
#[utoipa::path(delete, path = "/posts/{publicId}/bookmark", tag = "bookmarks", params(("publicId" = Uuid, Path)), security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Not kept, any more or ever."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn unbookmark_post(
    State(app): State<App>,
    viewer: Viewer,
    Path(post): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    done(bookmarks::delete(&app.pool, viewer.id(), post).await?)
}

fn done(post_exists: bool) -> Result<StatusCode, ApiError> {
    if post_exists { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::NotFound("Post not found.")) }
}

/// The posts one keeps, the newest bookmark first
#[utoipa::path(get, path = "/users/me/bookmarks", tag = "bookmarks", params(PageParams), security(("session" = [])), responses(
    (status = OK, body = Page<PostResponse>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn list_bookmarks(
    State(app): State<App>,
    viewer: Viewer,
    page: PageQuery,
) -> Result<Json<Page<PostResponse>>, ApiError> {
    let rows = posts::list_bookmarked(&app.pool, viewer.id(), page.cursor, page.limit + 1).await?;
    Page::of(rows, page.limit, PostRow::place, PostResponse::from).map(Json)
}
