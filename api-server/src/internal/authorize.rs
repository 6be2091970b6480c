//! The bearer tokens of the internal listener.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header::AUTHORIZATION},
    middleware::Next,
    response::Response,
};

use crate::{app::App, config::Secret, error::ApiError, security::is_one_of};

/// Lets through what carries a token; anything else learns nothing, not even from the time it takes.
pub(super) async fn authorize(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if carries(request.headers(), &app.config.internal_tokens) {
        return Ok(next.run(request).await);
    }
    Err(ApiError::Unauthorized("Send the token of the internal interface."))
}

fn carries(headers: &HeaderMap, tokens: &[Secret]) -> bool {
    let sent = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    sent.is_some_and(|sent| is_one_of(sent, tokens))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_token_itself_counts() {
        let tokens = ["secret", "former"].map(|token| token.parse().unwrap());
        let with =
            |value: &'static str| HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]);
        assert!(carries(&with("Bearer secret"), &tokens) && carries(&with("Bearer former"), &tokens));
        for wrong in
            ["Bearer secret,former", "Bearer secre", "Bearer secrets", "Bearer ", "secret", "Basic secret"]
        {
            assert!(!carries(&with(wrong), &tokens), "{wrong}");
        }
        assert!(!carries(&HeaderMap::new(), &tokens));
    }
}
