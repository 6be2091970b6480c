//! Typeahead, always from PostgreSQL, and full search.
#![expect(unused_qualifications, reason = "the documentation macro repeats the extractor's name")]

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use phasma_domain::{hashtag, page::MAX_LIMIT};
use phasma_store::search;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    error::{ApiError, ErrorResponse},
    extract::{Json, Query, Viewer},
    responses::{
        page::{Items, Page},
        search::{HashtagHit, SearchItem},
        user::UserHit,
    },
    services::full_search::{self, Kind, parse_query},
};

/// Most rows of a typeahead, and items of a search page unless asked otherwise.
const TYPEAHEAD: i64 = 10;
const PAGE: i64 = 20;

/// Says that the search engine had no part in the answer.
const ANSWERED_BY: HeaderName = HeaderName::from_static("x-phasma-search");

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_users))
        .routes(routes!(search_hashtags))
        .routes(routes!(search_all))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TypeaheadParams {
    /// 1 to 50 characters.
    q: String,
}

/// People as one types
#[utoipa::path(get, path = "/users/search", tag = "search", params(TypeaheadParams), security(("session" = [])), responses(
    (status = OK, body = Items<UserHit>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn search_users(
    State(app): State<App>,
    viewer: Viewer,
    Query(params): Query<TypeaheadParams>,
) -> Result<Json<Items<UserHit>>, ApiError> {
    let query = parse_query(&params.q)?;
    let term = query.strip_prefix('@').unwrap_or(query);
    let rows = search::find_users(&app.pool, viewer.id(), term, 0, TYPEAHEAD).await?;
    let hit =
        |row: search::FoundUserRow| UserHit { username: row.username, name: row.name, avatar: row.avatar };
    Ok(Json(Items { items: rows.into_iter().map(hit).collect() }))
}

/// Hashtags as one types
#[utoipa::path(get, path = "/hashtags/search", tag = "search", params(TypeaheadParams), security(("session" = [])), responses(
    (status = OK, body = Items<HashtagHit>),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn search_hashtags(
    State(app): State<App>,
    _viewer: Viewer,
    Query(params): Query<TypeaheadParams>,
) -> Result<Json<Items<HashtagHit>>, ApiError> {
    let query = parse_query(&params.q)?;
    let name = hashtag::normalize(query.strip_prefix('#').unwrap_or(query));
    let rows = search::find_hashtags(&app.pool, &name, 0, TYPEAHEAD).await?;
    let hit = |row: search::FoundHashtagRow| HashtagHit { name: row.name, post_count: row.posts };
    Ok(Json(Items { items: rows.into_iter().map(hit).collect() }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// 1 to 50 characters; `#tag` finds the posts of exactly that hashtag.
    q: String,
    /// What to look among; everything unless asked otherwise.
    #[serde(rename = "type", default)]
    #[param(inline)]
    kind: Kind,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// 1 to 50, 20 unless asked for.
    limit: Option<i64>,
}

/// Search people, posts and hashtags
#[utoipa::path(get, path = "/search", tag = "search", params(SearchParams), security(("session" = [])), responses(
    (status = OK, body = Page<SearchItem>,
        headers(("x-phasma-search" = String, description = "`postgresql` when the search engine had no part."))),
    (status = BAD_REQUEST, body = ErrorResponse),
    (status = UNAUTHORIZED, body = ErrorResponse),
))]
async fn search_all(
    State(app): State<App>,
    viewer: Viewer,
    Query(params): Query<SearchParams>,
) -> Result<Response, ApiError> {
    let limit = usize::try_from(params.limit.unwrap_or(PAGE).clamp(1, MAX_LIMIT)).unwrap_or(1);
    let answer =
        full_search::search(&app, &viewer, &params.q, params.kind, params.cursor.as_deref(), limit).await?;
    let mut response = Json(answer.page).into_response();
    if answer.by_postgresql {
        response.headers_mut().insert(ANSWERED_BY, HeaderValue::from_static("postgresql"));
    }
    Ok(response)
}
