//! The viewer's own account.

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};
use phasma_store::users;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, Viewer},
    middleware::client::ClientAddress,
    responses::{cookie, user::UserResponse},
    services::{
        erase_account, export_account,
        profile::{self, NewProfile},
    },
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_me, update_me, delete_me)).routes(routes!(export_me))
}

/// Either a whole profile or a new password.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
enum UpdateMeRequest {
    Password(ChangePasswordRequest),
    Profile(UpdateProfileRequest),
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChangePasswordRequest {
    current_password: String,
    /// 8 to 128 characters. Setting it ends all other sessions.
    new_password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UpdateProfileRequest {
    name: String,
    username: String,
    email: String,
    #[serde(default)]
    bio: String,
    /// File name of a picture of one's own posts or of a pending upload; null for none.
    avatar: Option<String>,
    /// Only another e-mail address needs it.
    current_password: Option<String>,
}

#[derive(Deserialize, ToSchema)]
struct DeleteMeRequest {
    password: String,
}

/// Oneself
#[utoipa::path(get, path = "/users/me", tag = "users", security(("session" = [])), responses(
    (status = OK, body = UserResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn get_me(State(app): State<App>, viewer: Viewer) -> Result<Json<UserResponse>, ApiError> {
    let row = users::find_self(&app.pool, viewer.id()).await?;
    row.map(|row| Json(row.into())).ok_or(ApiError::NotFound("User not found."))
}

/// Change one's profile or password
#[utoipa::path(put, path = "/users/me", tag = "users", security(("session" = [])), responses(
    (status = OK, description = "The profile as it now is.", body = UserResponse),
    (status = NO_CONTENT, description = "The password is changed."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = FORBIDDEN, description = "The current password is wrong or missing.", body = ErrorResponse),
    (status = CONFLICT, description = "The username or the e-mail address is taken.", body = ErrorResponse),
    (status = TOO_MANY_REQUESTS, body = ErrorResponse),
))]
async fn update_me(
    State(app): State<App>,
    viewer: Viewer,
    Extension(address): Extension<ClientAddress>,
    Json(request): Json<UpdateMeRequest>,
) -> Result<Response, ApiError> {
    match request {
        UpdateMeRequest::Password(ChangePasswordRequest { current_password, new_password }) => {
            profile::change_password(&app, &viewer, current_password, new_password, &address.0).await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        UpdateMeRequest::Profile(form) => {
            let UpdateProfileRequest { name, username, email, bio, avatar, current_password } = form;
            let new = NewProfile { name, username, email, bio, avatar, current_password };
            profile::update_profile(&app, &viewer, new, &address.0).await?;
            get_me(State(app), viewer).await.map(IntoResponse::into_response)
        }
    }
}

/// Delete one's account, with everything that came by it
#[utoipa::path(delete, path = "/users/me", tag = "users", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "The account is gone, and the cookie."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = FORBIDDEN, description = "The password is wrong.", body = ErrorResponse),
    (status = CONFLICT, description = "The password was changed meanwhile.", body = ErrorResponse),
    (status = TOO_MANY_REQUESTS, body = ErrorResponse),
))]
async fn delete_me(
    State(app): State<App>,
    viewer: Viewer,
    Extension(address): Extension<ClientAddress>,
    Json(request): Json<DeleteMeRequest>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1]), ApiError> {
    erase_account::erase(&app, &viewer, request.password, &address.0).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie::none(app.config.secure_cookies())?)]))
}

/// Take along all of one's account, as a ZIP
#[utoipa::path(get, path = "/users/me/export", tag = "users", security(("session" = [])), responses(
    (status = OK, description = "`profile.json`, `posts.json`, `comments.json`, `likes.json`, `bookmarks.json`, \
        `following.json`, `followers.json`, `blocks.json`, `mutes.json`, and `pictures/`.", content_type = "application/zip"),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = TOO_MANY_REQUESTS, body = ErrorResponse),
))]
async fn export_me(State(app): State<App>, viewer: Viewer) -> Result<Response, ApiError> {
    let archive = export_account::export(&app, &viewer).await?;
    let head = [
        (CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"phasma-export.zip\"")),
    ];
    Ok((head, Body::from_stream(archive)).into_response())
}
