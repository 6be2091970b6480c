//! JSON bodies.

use axum::{
    Json as AxumJson,
    extract::{FromRequest, Request, rejection::JsonRejection},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::ApiError;

/// A body of type `T`, or an answer.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match AxumJson::from_request(request, state).await {
            Ok(AxumJson(value)) => Ok(Self(value)),
            Err(rejection) => Err(refusal(&rejection)),
        }
    }
}

fn refusal(rejection: &JsonRejection) -> ApiError {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            ApiError::UnsupportedMediaType("Send JSON, with Content-Type: application/json.")
        }
        JsonRejection::JsonDataError(_) => {
            ApiError::Invalid("The JSON lacks a field, or one has the wrong type.".to_owned())
        }
        JsonRejection::BytesRejection(bytes) if bytes.status() == 413 => ApiError::body_too_large(),
        _ => ApiError::Invalid("The body is not valid JSON.".to_owned()),
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        AxumJson(self.0).into_response()
    }
}
