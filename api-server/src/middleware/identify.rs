//! Finds out who asks, from the session cookie, and lets only so many requests of theirs through. A session is
//! looked up on every request, so that ending it works at once.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, header::SET_COOKIE},
    middleware::Next,
    response::Response,
};
use axum_extra::extract::CookieJar;
use phasma_domain::session::{self, COOKIE};
use phasma_store::sessions::{self, SessionRow};
use time::OffsetDateTime;

use crate::{
    app::App,
    error::ApiError,
    extract::Viewer,
    limits::Class,
    middleware::client::{ClientAddress, client_address},
    responses::cookie,
    security::token::Token,
};

pub async fn identify(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let Some(class) = class(&request) else { return Ok(next.run(request).await) };
    let address = client_address(&request, &app.config.frontend_tokens);
    let token = CookieJar::from_headers(request.headers()).get(COOKIE).and_then(|c| Token::parse(c.value()));
    let session = match &token {
        Some(token) => sessions::find(&app.pool, &app.keys.hashes(token)).await?,
        None => None,
    };
    app.limits.take(class, &key_of(session.as_ref(), &address)).await?;
    let refreshed = refresh(&app, session.as_ref(), token.as_ref()).await?;
    if let Some(session) = session {
        request.extensions_mut().insert(Viewer(session));
    }
    request.extensions_mut().insert(address);
    let mut response = next.run(request).await;
    // A handler that sets the cookie itself has the last word.
    if let Some(cookie) = refreshed {
        response.headers_mut().entry(SET_COOKIE).or_insert(cookie);
    }
    Ok(response)
}

fn key_of(session: Option<&SessionRow>, address: &ClientAddress) -> String {
    session.map_or_else(|| format!("ip:{}", address.0), |session| format!("user:{}", session.user_public_id))
}

/// Notes that the session is used, and moves its expiry, each when it is worth a write; the answer is the cookie with its new life.
async fn refresh(
    app: &App,
    session: Option<&SessionRow>,
    token: Option<&Token>,
) -> Result<Option<HeaderValue>, ApiError> {
    let (Some(session), Some(token)) = (session, token) else { return Ok(None) };
    let now = OffsetDateTime::now_utc();
    let Some(expires) = session::refreshed(session.created, session.expires, now) else {
        if session::is_worth_noting(session.last_used, now) {
            sessions::note_use(&app.pool, session.id, now).await?;
        }
        return Ok(None);
    };
    sessions::refresh(&app.pool, session.id, now, expires).await?;
    Ok(Some(cookie::session(token, expires - now, app.config.secure_cookies())?))
}

/// Whether a request needs the database: everything that asks who is there does.
pub(crate) fn needs_database(request: &Request) -> bool {
    class(request).is_some()
}

fn class(request: &Request) -> Option<Class> {
    class_of(request.method(), request.extensions().get::<MatchedPath>()?.as_str())
}

/// The class of a request, or none for what needs no session and no limit: probes, and pictures, of which one page
/// shows dozens and which clients keep for ever.
pub(crate) fn class_of(method: &Method, route: &str) -> Option<Class> {
    match (method, route) {
        (&Method::POST, "/users" | "/sessions") => Some(Class::Strict),
        (&Method::GET | &Method::HEAD, "/users/me/export") => Some(Class::Strict),
        (&Method::POST, "/uploads") => Some(Class::Upload),
        (&Method::GET, "/users/search" | "/hashtags/search") => Some(Class::Typeahead),
        (&Method::GET | &Method::HEAD, route) if is_open(route) => None,
        (&Method::GET | &Method::HEAD | &Method::OPTIONS, _) => Some(Class::Read),
        _ => Some(Class::Mutation),
    }
}

fn is_open(route: &str) -> bool {
    ["/health", "/ready", "/metrics", "/openapi.json", "/uploads/"].iter().any(|open| route.starts_with(open))
}
