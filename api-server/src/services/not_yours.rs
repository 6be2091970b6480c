//! What somebody is told who may not do what they asked for.

use phasma_store::posts;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{error::ApiError, extract::Viewer};

/// `message`, unless a block hides the post from the viewer: then it isn't there for them.
pub(crate) async fn refusal(
    connection: &mut PgConnection,
    viewer: &Viewer,
    post: Uuid,
    message: &'static str,
) -> Result<ApiError, sqlx::Error> {
    let shown = posts::exists(connection, viewer.id(), post).await?;
    Ok(if shown { ApiError::Forbidden(message) } else { ApiError::NotFound("Post not found.") })
}

/// Refuses with `message` what nobody does to themselves.
pub(crate) fn refuse_self(viewer: &Viewer, username: &str, message: &str) -> Result<(), ApiError> {
    if viewer.0.username == username { Err(ApiError::Invalid(message.to_owned())) } else { Ok(()) }
}
