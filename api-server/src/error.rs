//! Every failure leaves through here, as `{"message": "..."}` with the right status. Causes are logged and never sent.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use phasma_domain::Invalid;
use serde::Serialize;
use utoipa::ToSchema;

use crate::trouble::Trouble;

/// A cause that only the log sees.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// Unique constraints people can run into, and what to tell them.
const CONFLICTS: [(&str, &str); 2] = [
    ("users_username_key", "That username is taken."),
    ("users_email_key", "That e-mail address already has an account."),
];

/// What went wrong, in terms of the API.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400
    #[error("{0}")]
    Invalid(String),
    /// 401
    #[error("{0}")]
    Unauthorized(&'static str),
    /// 403
    #[error("{0}")]
    Forbidden(&'static str),
    /// 404
    #[error("{0}")]
    NotFound(&'static str),
    /// 405
    #[error("This method is not allowed here.")]
    MethodNotAllowed,
    /// 409
    #[error("{0}")]
    Conflict(&'static str),
    /// 413
    #[error("{0}")]
    TooLarge(String),
    /// 415
    #[error("{0}")]
    UnsupportedMediaType(&'static str),
    /// 416
    #[error("The range lies outside the picture.")]
    RangeNotSatisfiable,
    /// 422
    #[error("{0}")]
    Unprocessable(String),
    /// 429
    #[error("Too many requests. Try again in a while.")]
    TooManyRequests { retry_after: Duration },
    /// 429: not a matter of pace.
    #[error("{message}")]
    QuotaReached { message: &'static str, retry_after: Duration },
    /// 503
    #[error("The service is busy. Try again in a moment.")]
    Unavailable(#[source] Source),
    /// 503: the database is the trouble, not what was asked of it.
    #[error("The service is busy. Try again in a moment.")]
    Database {
        #[source]
        source: sqlx::Error,
        trouble: Trouble,
    },
    /// 503, in answer to a probe.
    #[error("{0}")]
    NotReady(&'static str),
    /// 504
    #[error("The request took too long.")]
    Timeout,
    /// 500
    #[error("Something went wrong on our side.")]
    Internal(#[source] Source),
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorResponse {
    /// What went wrong, for the person who sent the request.
    #[schema(example = "Post not found.")]
    pub message: String,
}

impl ApiError {
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }

    pub fn body_too_large() -> Self {
        Self::TooLarge("The body is too large.".to_owned())
    }

    /// The failure of a commit. Unless the database itself said that it took the transaction back, nobody knows
    /// whether it took place, so that it must not be repeated.
    pub fn of_commit(error: sqlx::Error) -> Self {
        match Self::from(error) {
            Self::Database { source, trouble } if trouble.outage => {
                Self::Database { source, trouble: Trouble { repeatable: false, ..trouble } }
            }
            other => other,
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests { .. } | Self::QuotaReached { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) | Self::Database { .. } | Self::NotReady(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests { retry_after } | Self::QuotaReached { retry_after, .. } => {
                Some(*retry_after)
            }
            Self::Unavailable(_) | Self::Database { .. } => Some(Duration::from_secs(2)),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match &self {
            Self::Internal(source) => tracing::error!(error = source, "request failed"),
            Self::Unavailable(source) => tracing::warn!(error = source, "dependency unavailable"),
            Self::Database { source, trouble } => {
                let source: &dyn std::error::Error = source;
                tracing::warn!(error = source, ?trouble, "the database is in trouble");
            }
            _ => {}
        }
        let retry_after = self.retry_after();
        let trouble = if let Self::Database { trouble, .. } = &self { Some(*trouble) } else { None };
        let body = Json(ErrorResponse { message: self.to_string() });
        let mut response = (self.status(), body).into_response();
        if let Some(wait) = retry_after {
            let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(trouble) = trouble {
            response.extensions_mut().insert(trouble);
        }
        response
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid.message)
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        if let Some(message) = conflict_of(&error) {
            Self::Conflict(message)
        } else if is_unstorable(&error) {
            Self::Invalid("Text must not contain the character U+0000.".to_owned())
        } else if is_gone(&error) {
            Self::NotFound("That is not there any more.")
        } else if let Some(trouble) = Trouble::of(&error) {
            Self::Database { source: error, trouble }
        } else {
            Self::internal(error)
        }
    }
}

/// What to tell about a violated unique constraint, if people can run into it.
fn conflict_of(error: &sqlx::Error) -> Option<&'static str> {
    let constraint = error.as_database_error()?.constraint()?;
    CONFLICTS.iter().find(|(name, _)| *name == constraint).map(|(_, message)| *message)
}

/// Whether a text holds what PostgreSQL stores in none, which is U+0000 alone.
fn is_unstorable(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| ["22021", "22P05"].contains(&code.as_ref()))
}

/// Whether what a row was to point at was deleted meanwhile.
fn is_gone(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_not_shown() {
        let error = ApiError::internal("relation \"users\" does not exist");
        assert_eq!(error.to_string(), "Something went wrong on our side.");
        assert_eq!(error.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn a_missing_database_asks_to_come_back() {
        let response = ApiError::from(sqlx::Error::PoolTimedOut).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[RETRY_AFTER], "2");
    }

    #[test]
    fn waits_are_told_in_whole_seconds_rounded_up() {
        let error = ApiError::TooManyRequests { retry_after: Duration::from_millis(1200) };
        assert_eq!(error.into_response().headers()[RETRY_AFTER], "2");
    }
}
