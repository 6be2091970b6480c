//! Which stretch of a list is asked for.

use axum::{extract::FromRequestParts, http::request::Parts};
use phasma_domain::page::{Cursor, clamp_limit};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{error::ApiError, extract::Query, responses::page::decode};

/// The parameters as clients send them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// 1 to 50, 10 unless asked for.
    limit: Option<i64>,
    #[serde(default)]
    #[param(ignore)]
    page: Option<String>,
}

/// The same, understood.
pub struct PageQuery {
    pub cursor: Cursor,
    pub limit: i64,
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(params) = Query::<PageParams>::from_request_parts(parts, state).await?;
        if params.page.is_some() {
            return Err(ApiError::Invalid(
                "Pages have no numbers: pass the last page's nextCursor.".to_owned(),
            ));
        }
        Ok(Self {
            cursor: params.cursor.as_deref().map_or(Ok(Cursor::START), decode)?,
            limit: clamp_limit(params.limit),
        })
    }
}
