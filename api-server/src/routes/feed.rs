//! The viewer's feed.

use axum::extract::State;
use phasma_store::{feed, posts::PostRow};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, PageParams, PageQuery, Viewer},
    responses::{page::Page, post::PostResponse},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_feed))
}

/// Posts of oneself and of whom one follows, newest first
#[utoipa::path(get, path = "/feed", tag = "posts", params(PageParams), security(("session" = [])), responses(
    (status = OK, body = Page<PostResponse>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn list_feed(
    State(app): State<App>,
    viewer: Viewer,
    page: PageQuery,
) -> Result<Json<Page<PostResponse>>, ApiError> {
    let rows = feed::list(&app.pool, viewer.id(), page.cursor, page.limit + 1).await?;
    Page::of(rows, page.limit, PostRow::place, PostResponse::from).map(Json)
}
