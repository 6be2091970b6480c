//! Posts.

use axum::{extract::State, http::StatusCode};
use phasma_store::posts;
use time::{Duration, OffsetDateTime};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, Path, Viewer},
    responses::{
        page::Items,
        post::{PostResponse, PublishedResponse},
    },
    services::{delete_post, edit_post, publish_post},
};

mod forms;

use forms::{CreatePostRequest, EditPostRequest};

/// Popular posts are at most this old, and at most so many.
const POPULAR_FOR: Duration = Duration::days(7);
const POPULAR: i64 = 20;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_post)).routes(routes!(list_popular_posts)).routes(routes!(
        get_post,
        edit_post,
        delete_post
    ))
}

/// Publish a post
#[utoipa::path(post, path = "/posts", tag = "posts", security(("session" = [])), responses(
    (status = CREATED, body = PublishedResponse),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn create_post(
    State(app): State<App>,
    viewer: Viewer,
    Json(form): Json<CreatePostRequest>,
) -> Result<(StatusCode, Json<PublishedResponse>), ApiError> {
    let id = publish_post::publish_post(&app, &viewer, form.parse()?).await?;
    Ok((StatusCode::CREATED, Json(PublishedResponse { public_id: id.0 })))
}

/// A post
#[utoipa::path(get, path = "/posts/{publicId}", tag = "posts", params(("publicId" = Uuid, Path)), responses(
    (status = OK, body = PostResponse),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn get_post(
    State(app): State<App>,
    viewer: Option<Viewer>,
    Path(post): Path<Uuid>,
) -> Result<Json<PostResponse>, ApiError> {
    let row = posts::find(&app.pool, viewer.map(|viewer| viewer.id()), post).await?;
    row.map(|row| Json(row.into())).ok_or(ApiError::NotFound("Post not found."))
}

/// Change what a post of one's own says
#[utoipa::path(patch, path = "/posts/{publicId}", tag = "posts", params(("publicId" = Uuid, Path)), security(("session" = [])), responses(
    (status = OK, description = "The post as it now is.", body = PostResponse),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = FORBIDDEN, description = "Somebody else's post.", body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn edit_post(
    State(app): State<App>,
    viewer: Viewer,
    Path(post): Path<Uuid>,
    Json(form): Json<EditPostRequest>,
) -> Result<Json<PostResponse>, ApiError> {
    let row = edit_post::edit_post(&app, &viewer, post, form.parse()?).await?;
    Ok(Json(row.into()))
}

/// Delete a post of one's own
#[utoipa::path(delete, path = "/posts/{publicId}", tag = "posts", params(("publicId" = Uuid, Path)), security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Deleted, with its likes, comments and pictures."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = FORBIDDEN, description = "Somebody else's post.", body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn delete_post(
    State(app): State<App>,
    viewer: Viewer,
    Path(post): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    delete_post::delete_post(&app, &viewer, post).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The most liked posts of the last seven days
#[utoipa::path(get, path = "/posts/popular", tag = "posts", security(("session" = [])), responses(
    (status = OK, body = Items<PostResponse>),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn list_popular_posts(
    State(app): State<App>,
    viewer: Viewer,
) -> Result<Json<Items<PostResponse>>, ApiError> {
    let since = OffsetDateTime::now_utc() - POPULAR_FOR;
    let rows = posts::list_popular(&app.pool, viewer.id(), since, POPULAR).await?;
    Ok(Json(Items { items: rows.into_iter().map(PostResponse::from).collect() }))
}
