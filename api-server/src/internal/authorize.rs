//! The bearer token of the internal listener.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header::AUTHORIZATION},
    middleware::Next,
    response::Response,
};
use subtle::ConstantTimeEq;

use crate::{app::App, error::ApiError};

/// Lets through what carries the token; anything else learns nothing, not even from the time it takes.
pub(super) async fn authorize(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if carries(request.headers(), app.config.internal_token.reveal()) {
        return Ok(next.run(request).await);
    }
    Err(ApiError::Unauthorized("Send the token of the internal interface."))
}

fn carries(headers: &HeaderMap, token: &str) -> bool {
    let sent = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    sent.is_some_and(|sent| sent.ct_eq(token.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_token_itself_counts() {
        let with =
            |value: &'static str| HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]);
        assert!(carries(&with("Bearer secret"), "secret"));
        for wrong in ["Bearer secre", "Bearer secrets", "Bearer ", "secret", "Basic secret"] {
            assert!(!carries(&with(wrong), "secret"), "{wrong}");
        }
        assert!(!carries(&HeaderMap::new(), "secret"));
    }
}
