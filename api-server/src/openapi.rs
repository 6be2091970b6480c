//! The OpenAPI document, made from the handlers themselves.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, SecurityScheme},
};

use crate::{error::ErrorResponse, router};

mod common;

pub(crate) use common::declare_common_answers;

/// What handlers can't say about themselves.
#[derive(OpenApi)]
#[openapi(
    info(title = "Phasma API", description = "Sharing pictures. JSON in camelCase; every error is `{\"message\"}`."),
    components(schemas(ErrorResponse)),
    modifiers(&SessionCookie),
)]
pub struct Document;

struct SessionCookie;

impl Modify for SessionCookie {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(phasma_domain::session::COOKIE)));
        openapi.components.get_or_insert_default().add_security_scheme("session", cookie);
    }
}

/// The whole document as pretty JSON.
pub fn document_json() -> Result<String, serde_json::Error> {
    router::documented().into_openapi().to_pretty_json()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_fresh() {
        let fresh = document_json().unwrap() + "\n";
        assert!(fresh == include_str!("../openapi.json"), "openapi.json is stale: run `make openapi`");
    }
}
