//! The session cookie, between the frontend's server and this API.

use axum::http::HeaderValue;
use axum_extra::extract::cookie::{Cookie, SameSite};
use phasma_domain::session::COOKIE;
use time::Duration;

use crate::{error::ApiError, security::token::Token};

/// Sets the cookie for as long as the session lives.
pub fn session(token: &Token, lifetime: Duration, secure: bool) -> Result<HeaderValue, ApiError> {
    header(Cookie::new(COOKIE, token.to_cookie_value()), lifetime, secure)
}

/// Takes the cookie away.
pub fn none(secure: bool) -> Result<HeaderValue, ApiError> {
    header(Cookie::new(COOKIE, ""), Duration::ZERO, secure)
}

fn header(mut cookie: Cookie<'static>, lifetime: Duration, secure: bool) -> Result<HeaderValue, ApiError> {
    cookie.set_max_age(lifetime);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_secure(secure);
    HeaderValue::from_str(&cookie.to_string()).map_err(ApiError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let token = Token::generate().unwrap();
        let text = session(&token, Duration::days(7), true).unwrap();
        let text = text.to_str().unwrap();
        assert!(text.starts_with(&format!("session={}; ", token.to_cookie_value())), "{text}");
        for part in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=604800"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!none(false).unwrap().to_str().unwrap().contains("Secure"));
        assert!(none(true).unwrap().to_str().unwrap().contains("Max-Age=0"));
    }
}
