//! Posts.

use axum::{extract::State, http::StatusCode};
use phasma_domain::{
    Invalid,
    media::Filename,
    post::{AltText, Description, Picture, Pictures},
};
use phasma_store::posts;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
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
    services::{
        delete_post,
        publish_post::{self, NewPost},
    },
};

/// Popular posts are at most this old, and at most so many.
const POPULAR_FOR: Duration = Duration::days(7);
const POPULAR: i64 = 20;

const EITHER: &str = "Pass the pictures either as images, or as filename with altText for a single one.";

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_post))
        .routes(routes!(list_popular_posts))
        .routes(routes!(get_post, delete_post))
}

/// Either `images`, or `filename` with `altText` for a single picture.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatePostRequest {
    /// 1 to 10 different uploads, in the order in which the post shows them.
    images: Option<Vec<ImageRequest>>,
    /// What an upload returned.
    filename: Option<String>,
    /// At most 1000 characters.
    #[serde(default)]
    description: String,
    /// What the single picture shows, for people who can't see it; at most 1000 characters.
    alt_text: Option<String>,
}

/// A picture, named by what its upload returned.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageRequest {
    filename: String,
    /// What it shows, for people who can't see it; at most 1000 characters.
    #[serde(default)]
    alt_text: String,
}

impl ImageRequest {
    fn parse(self) -> Result<Picture, Invalid> {
        Ok(Picture { filename: Filename::parse(&self.filename)?, alt_text: AltText::parse(&self.alt_text)? })
    }
}

impl CreatePostRequest {
    fn parse(self) -> Result<NewPost, ApiError> {
        let images = match (self.images, self.filename, self.alt_text) {
            (Some(images), None, None) => images,
            (None, Some(filename), alt_text) => {
                vec![ImageRequest { filename, alt_text: alt_text.unwrap_or_default() }]
            }
            _ => return Err(ApiError::Invalid(EITHER.to_owned())),
        };
        Ok(NewPost {
            description: Description::parse(&self.description)?,
            pictures: Pictures::new(images.into_iter().map(ImageRequest::parse).collect::<Result<_, _>>()?)?,
        })
    }
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
