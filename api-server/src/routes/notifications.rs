//! The viewer's notifications.

use axum::{extract::State, http::StatusCode};
use phasma_store::notifications;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, PageParams, PageQuery, Path, Viewer},
    responses::{
        notification::{NotificationResponse, UnreadCountResponse},
        page::Page,
    },
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_notifications))
        .routes(routes!(count_unread_notifications))
        .routes(routes!(read_notification))
}

/// What one is told about, newest first
#[utoipa::path(get, path = "/notifications", tag = "notifications", params(PageParams), security(("session" = [])), responses(
    (status = OK, body = Page<NotificationResponse>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn list_notifications(
    State(app): State<App>,
    viewer: Viewer,
    page: PageQuery,
) -> Result<Json<Page<NotificationResponse>>, ApiError> {
    let rows = notifications::list(&app.pool, viewer.id(), page.cursor, page.limit + 1).await?;
    Page::of(rows, page.limit, notifications::NotificationRow::place, NotificationResponse::from).map(Json)
}

/// How many are unread
#[utoipa::path(get, path = "/notifications/unread-count", tag = "notifications", security(("session" = [])), responses(
    (status = OK, body = UnreadCountResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn count_unread_notifications(
    State(app): State<App>,
    viewer: Viewer,
) -> Result<Json<UnreadCountResponse>, ApiError> {
    let count = notifications::count_unread(&app.pool, viewer.id()).await?;
    Ok(Json(UnreadCountResponse { count }))
}

/// Mark one as read
#[utoipa::path(put, path = "/notifications/{id}/read", tag = "notifications", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Read, now or before."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn read_notification(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    if !notifications::mark_read(&app.pool, viewer.id(), id).await? {
        return Err(ApiError::NotFound("Notification not found."));
    }
    Ok(StatusCode::NO_CONTENT)
}
