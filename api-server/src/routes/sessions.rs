//! Logging in and out, and where one is logged in.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use phasma_domain::session::{MAX_PER_USER, SLIDING};
use phasma_store::sessions;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, Path, Viewer},
    middleware::client::ClientAddress,
    responses::{
        cookie,
        session::{SessionResponse, SessionsResponse},
        user::UsernameResponse,
    },
    services::log_in::log_in,
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_session, list_sessions, delete_current_session))
        .routes(routes!(delete_session))
}

#[derive(Deserialize, ToSchema)]
pub struct CreateSessionRequest {
    email: String,
    password: String,
}

type WithCookie<T> = (StatusCode, [(header::HeaderName, HeaderValue); 1], T);

/// Log in
#[utoipa::path(post, path = "/sessions", tag = "sessions", responses(
    (status = CREATED, description = "Logged in; the cookie `session` is set.", body = UsernameResponse),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, description = "Wrong address or password.", body = ErrorResponse),
    (status = FORBIDDEN, description = "The account is suspended.", body = ErrorResponse),
    (status = TOO_MANY_REQUESTS, body = ErrorResponse),
))]
async fn create_session(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
    Json(form): Json<CreateSessionRequest>,
) -> Result<WithCookie<Json<UsernameResponse>>, ApiError> {
    let user_agent =
        headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let session = log_in(&app, &form.email, form.password, &address.0, user_agent).await?;
    let cookie = cookie::session(&session.token, SLIDING, app.config.secure_cookies())?;
    let body = Json(UsernameResponse { username: session.username });
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], body))
}

/// Where one is logged in
#[utoipa::path(get, path = "/sessions", tag = "sessions", security(("session" = [])), responses(
    (status = OK, body = SessionsResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn list_sessions(State(app): State<App>, viewer: Viewer) -> Result<Json<SessionsResponse>, ApiError> {
    let rows = sessions::list(&app.pool, viewer.id(), MAX_PER_USER).await?;
    let mut sessions: Vec<_> = rows
        .into_iter()
        .map(|row| SessionResponse {
            id: row.public_id,
            device: row.device,
            created: row.created,
            last_used: row.last_used,
            expires_at: row.expires,
            current: row.id == viewer.0.id,
        })
        .collect();
    sessions.sort_by_key(|session| !session.current);
    Ok(Json(SessionsResponse { sessions }))
}

/// Log out
#[utoipa::path(delete, path = "/sessions", tag = "sessions", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Logged out; the cookie is gone."),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn delete_current_session(State(app): State<App>, viewer: Viewer) -> Result<WithCookie<()>, ApiError> {
    sessions::delete(&app.pool, viewer.0.id).await?;
    let cookie = cookie::none(app.config.secure_cookies())?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)], ()))
}

/// End another of one's sessions
#[utoipa::path(delete, path = "/sessions/{id}", tag = "sessions", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Ended."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
    (status = CONFLICT, description = "The current session; log out instead.", body = ErrorResponse),
))]
async fn delete_session(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    if id == viewer.0.public_id {
        return Err(ApiError::Conflict("That is the session you are using. Log out instead."));
    }
    if !sessions::delete_by_public_id(&app.pool, viewer.id(), id).await? {
        return Err(ApiError::NotFound("Session not found."));
    }
    Ok(StatusCode::NO_CONTENT)
}
