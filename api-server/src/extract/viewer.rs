//! Who is asking, as found out by the session middleware.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use phasma_store::sessions::SessionRow;

use crate::error::ApiError;

/// The owner of a live session, and that session. As an argument it asks for one (401 without); as
/// `Option<Viewer>` it takes strangers too.
#[derive(Debug, Clone)]
pub struct Viewer(pub SessionRow);

impl Viewer {
    /// Internal key of the account.
    #[allow(clippy::misnamed_getters, reason = "the session's own id is the other one")]
    pub fn id(&self) -> i64 {
        self.0.user_id
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or(ApiError::Unauthorized("Log in first."))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
