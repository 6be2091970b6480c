//! What the viewer looked for last.

use axum::{extract::State, http::StatusCode};
use phasma_store::recent_searches;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, Path, Viewer},
    responses::recent_search::RecentSearchResponse,
    services::recent_searches::{Search, record},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_recent_searches, record_recent_search, forget_recent_searches))
        .routes(routes!(forget_recent_search))
}

/// Which kind of thing was looked for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum RecentKind {
    Users,
    Hashtags,
    Posts,
}

#[derive(Deserialize, ToSchema)]
pub struct RecordSearchRequest {
    #[serde(rename = "type")]
    #[schema(inline)]
    kind: RecentKind,
    /// A username, a hashtag's name, or the text that posts were searched for.
    reference: String,
}

/// What one looked for last, at most ten, newest first
#[utoipa::path(get, path = "/search/recent", tag = "search", security(("session" = [])), responses(
    (status = OK, body = Vec<RecentSearchResponse>),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn list_recent_searches(
    State(app): State<App>,
    viewer: Viewer,
) -> Result<Json<Vec<RecentSearchResponse>>, ApiError> {
    let rows = recent_searches::list(&app.pool, viewer.id()).await?;
    Ok(Json(rows.into_iter().filter_map(RecentSearchResponse::of).collect()))
}

/// Remember a search
#[utoipa::path(post, path = "/search/recent", tag = "search", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Remembered; one that was there already is the newest again."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, description = "No such person or hashtag.", body = ErrorResponse),
))]
async fn record_recent_search(
    State(app): State<App>,
    viewer: Viewer,
    Json(form): Json<RecordSearchRequest>,
) -> Result<StatusCode, ApiError> {
    let search = match form.kind {
        RecentKind::Users => Search::User(&form.reference),
        RecentKind::Hashtags => Search::Hashtag(&form.reference),
        RecentKind::Posts => Search::Posts(&form.reference),
    };
    record(&app, &viewer, search).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forget all searches
#[utoipa::path(delete, path = "/search/recent", tag = "search", security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Forgotten."),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn forget_recent_searches(State(app): State<App>, viewer: Viewer) -> Result<StatusCode, ApiError> {
    recent_searches::delete_all(&app.pool, viewer.id()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forget one search
#[utoipa::path(delete, path = "/search/recent/{id}", tag = "search", params(("id" = Uuid, Path)), security(("session" = [])), responses(
    (status = NO_CONTENT, description = "Forgotten."),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
    (status = NOT_FOUND, body = ErrorResponse),
))]
async fn forget_recent_search(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    if !recent_searches::delete(&app.pool, viewer.id(), id).await? {
        return Err(ApiError::NotFound("Search not found."));
    }
    Ok(StatusCode::NO_CONTENT)
}
