//! `POST /internal/media-released`: the event of that name, delivered by Redpanda Connect at least once.

use axum::{extract::State, http::StatusCode};
use phasma_domain::{event::MediaReleased, media::Filename};

use crate::{app::App, error::ApiError, extract::Json, services::release_media::release_media};

/// 204 when the pictures are gone or still in use; 400 for what can never succeed; 503 to be repeated.
pub(super) async fn release(
    State(app): State<App>,
    Json(MediaReleased { keys }): Json<MediaReleased>,
) -> Result<StatusCode, ApiError> {
    if keys.len() > MediaReleased::MAX_KEYS {
        return Err(ApiError::Invalid(format!("At most {} keys at once.", MediaReleased::MAX_KEYS)));
    }
    let names = keys.iter().map(|key| Filename::parse(key)).collect::<Result<Vec<_>, _>>()?;
    release_media(&app, &names).await?;
    Ok(StatusCode::NO_CONTENT)
}
