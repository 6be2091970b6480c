//! Sessions, as their owner sees them.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Where the account is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionsResponse {
    /// The current one first, then the newest.
    pub sessions: Vec<SessionResponse>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionResponse {
    pub id: Uuid,
    /// The browser's name and its system's, such as `Firefox on Linux`.
    pub device: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// To the hour.
    #[serde(with = "time::serde::rfc3339")]
    pub last_used: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Whether this request came with it.
    pub current: bool,
}
