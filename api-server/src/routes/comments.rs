//! Comments on posts.

use axum::{extract::State, http::StatusCode};
use phasma_store::{comments, posts};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, PageParams, PageQuery, Path, Viewer},
    responses::{comment::CommentResponse, page::Page},
    services,
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_comments, create_comment)).routes(routes!(delete_comment))
}

#[derive(Deserialize, ToSchema)]
pub struct CreateCommentRequest {
    /// 1 to 400 characters.
    body: String,
}

/// A post's comments, newest first
#[utoipa::path(get, path = "/posts/{publicId}/comments", tag = "comments", params(("publicId" = Uuid, Path), PageParams), security(("session" = [])), responses(
    (status = OK, body = Page<CommentResponse>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn list_comments(
    State(app): State<App>,
    viewer: Viewer,
    Path(post): Path<Uuid>,
    page: PageQuery,
) -> Result<Json<Page<CommentResponse>>, ApiError> {
    let rows = comments::list(&app.pool, viewer.id(), post, page.cursor, page.limit + 1).await?;
    if rows.is_empty() && !posts::exists(&app.pool, viewer.id(), post).await? {
        return Err(ApiError::NotFound("Post not found."));
    }
    Page::of(rows, page.limit, comments::CommentRow::place, CommentResponse::from).map(Json)
}

/// Comment on a post
#[utoipa::path(post, path = "/posts/{publicId}/comments", tag = "comments", params(("publicId" = Uuid, Path)), security(("session" = [])), responses(
    (status = CREATED, body = CommentResponse),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn create_comment(
    State(app): State<App>,
    viewer: Viewer,
    Path(post): Path<Uuid>,
    Json(form): Json<CreateCommentRequest>,
) -> Result<(StatusCode, Json<CommentResponse>), ApiError> {
    let row = services::comments::write(&app, &viewer, post, &form.body).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Delete a comment of one's own, or one on one's own post
#[utoipa::path(delete, path = "/posts/{publicId}/comments/{commentId}", tag = "comments",
    params(("publicId" = Uuid, Path), ("commentId" = Uuid, Path)), security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Deleted."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = FORBIDDEN, description = "Somebody else's comment on somebody else's post.", body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn delete_comment(
    State(app): State<App>,
    viewer: Viewer,
    Path((post, comment)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, ApiError> {
    services::comments::delete(&app, &viewer, post, comment).await?;
    Ok(StatusCode::NO_CONTENT)
}
