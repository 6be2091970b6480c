//! Hashtags, and the posts that carry them.

use axum::extract::State;
use phasma_domain::hashtag;
use phasma_store::{hashtags, posts};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, PageParams, PageQuery, Path, Viewer},
    responses::{page::Page, post::PostResponse, search::HashtagHit},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_hashtag)).routes(routes!(list_hashtag_posts))
}

/// A hashtag
#[utoipa::path(get, path = "/hashtags/{name}", tag = "hashtags", security(("session" = [])), responses(
    (status = OK, body = HashtagHit),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn get_hashtag(
    State(app): State<App>,
    _viewer: Viewer,
    Path(name): Path<String>,
) -> Result<Json<HashtagHit>, ApiError> {
    let name = hashtag::normalize(&name);
    let post_count = count_posts(&app, &name).await?;
    Ok(Json(HashtagHit { name, post_count }))
}

/// The posts that carry a hashtag, newest first
#[utoipa::path(get, path = "/hashtags/{name}/posts", tag = "hashtags", params(PageParams), security(("session" = [])), responses(
    (status = OK, body = Page<PostResponse>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn list_hashtag_posts(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
    page: PageQuery,
) -> Result<Json<Page<PostResponse>>, ApiError> {
    let name = hashtag::normalize(&name);
    let rows = posts::list_of_hashtag(&app.pool, viewer.id(), &name, page.cursor, page.limit + 1).await?;
    if rows.is_empty() {
        count_posts(&app, &name).await?;
    }
    Page::of(rows, page.limit, posts::PostRow::place, PostResponse::from).map(Json)
}

/// 404 unless somebody used the tag: tells an empty list from no list.
async fn count_posts(app: &App, name: &str) -> Result<i64, ApiError> {
    hashtags::count_posts(&app.pool, name).await?.ok_or(ApiError::NotFound("Hashtag not found."))
}
