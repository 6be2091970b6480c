//! Accounts: signing up, and what everybody may see of them.

use axum::{extract::State, http::StatusCode};
use phasma_store::{posts, users};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, PageParams, PageQuery, Path, Viewer},
    responses::{
        page::{Items, Page},
        post::PostResponse,
        user::{UserResponse, UsernameResponse},
    },
    services::accounts::{self, SignUp},
};

/// At most this many suggestions.
const SUGGESTED: i64 = 5;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_user))
        .routes(routes!(list_suggested_users))
        .routes(routes!(get_user))
        .routes(routes!(list_user_posts))
        .routes(routes!(list_user_likes))
}

#[derive(Deserialize, ToSchema)]
pub struct CreateUserRequest {
    name: String,
    /// 3 to 30 of a-z, 0-9, `.` and `_`.
    username: String,
    email: String,
    /// 8 to 128 characters.
    password: String,
}

/// Sign up
#[utoipa::path(post, path = "/users", tag = "users", responses(
    (status = CREATED, body = UsernameResponse),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = FORBIDDEN, description = "Sign-ups are closed.", body = ErrorResponse),
    (status = CONFLICT, description = "The username or the e-mail address is taken.", body = ErrorResponse),
    (status = TOO_MANY_REQUESTS, body = ErrorResponse),
))]
async fn create_user(
    State(app): State<App>,
    Json(form): Json<CreateUserRequest>,
) -> Result<(StatusCode, Json<UsernameResponse>), ApiError> {
    let CreateUserRequest { name, username, email, password } = form;
    let username = accounts::sign_up(&app, SignUp { name, username, email, password }).await?;
    Ok((StatusCode::CREATED, Json(UsernameResponse { username: username.to_string() })))
}

/// A person
#[utoipa::path(get, path = "/users/{username}", tag = "users", responses(
    (status = OK, body = UserResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn get_user(
    State(app): State<App>,
    viewer: Option<Viewer>,
    Path(username): Path<String>,
) -> Result<Json<UserResponse>, ApiError> {
    let viewer = viewer.map(|viewer| viewer.id());
    let row = users::find_by_username(&app.pool, viewer, &username).await?;
    row.map(|row| Json(row.into())).ok_or(ApiError::NotFound("User not found."))
}

/// A person's posts, newest first
#[utoipa::path(get, path = "/users/{username}/posts", tag = "users", params(PageParams), responses(
    (status = OK, body = Page<PostResponse>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn list_user_posts(
    State(app): State<App>,
    viewer: Option<Viewer>,
    Path(username): Path<String>,
    page: PageQuery,
) -> Result<Json<Page<PostResponse>>, ApiError> {
    let viewer = viewer.map(|viewer| viewer.id());
    let rows = posts::list_of_user(&app.pool, viewer, &username, page.cursor, page.limit + 1).await?;
    if rows.is_empty() {
        require_user(&app, viewer, &username).await?;
    }
    Page::of(rows, page.limit, posts::PostRow::place, PostResponse::from).map(Json)
}

/// The posts a person likes, the newest like first
#[utoipa::path(get, path = "/users/{username}/likes", tag = "users", params(PageParams), security(("session" = [])), responses(
    (status = OK, body = Page<PostResponse>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn list_user_likes(
    State(app): State<App>,
    viewer: Viewer,
    Path(username): Path<String>,
    page: PageQuery,
) -> Result<Json<Page<PostResponse>>, ApiError> {
    let rows =
        posts::list_liked_by_user(&app.pool, Some(viewer.id()), &username, page.cursor, page.limit + 1)
            .await?;
    if rows.is_empty() {
        require_user(&app, Some(viewer.id()), &username).await?;
    }
    Page::of(rows, page.limit, posts::PostRow::place, PostResponse::from).map(Json)
}

/// People worth following
#[utoipa::path(get, path = "/users/suggested", tag = "users", security(("session" = [])), responses(
    (status = OK, body = Items<UserResponse>),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn list_suggested_users(
    State(app): State<App>,
    viewer: Viewer,
) -> Result<Json<Items<UserResponse>>, ApiError> {
    let rows = users::list_suggested(&app.pool, viewer.id(), SUGGESTED).await?;
    Ok(Json(Items { items: rows.into_iter().map(UserResponse::from).collect() }))
}

/// 404 unless the viewer may see such an account: tells an empty list from no list.
pub(crate) async fn require_user(app: &App, viewer: Option<i64>, username: &str) -> Result<(), ApiError> {
    if users::exists(&app.pool, viewer, username).await? {
        Ok(())
    } else {
        Err(ApiError::NotFound("User not found."))
    }
}
