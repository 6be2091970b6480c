//! Likes, given and taken back.

use phasma_domain::{
    event::{Event, PostLike},
    id::{PostId, UserId},
};
use phasma_store::{
    likes::{self, LikeRow},
    outbox, posts, users,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{app::App, error::ApiError, extract::Viewer};

const UNKNOWN: ApiError = ApiError::NotFound("Post not found.");

/// Likes a post; doing so again changes nothing.
pub async fn like(app: &App, viewer: &Viewer, post: Uuid) -> Result<(), ApiError> {
    let mut transaction = app.pool.begin().await?;
    let row = likes::insert(&mut transaction, viewer.id(), post).await?.ok_or(UNKNOWN)?;
    record(&mut transaction, viewer, post, &row, 1).await?;
    transaction.commit().await.map_err(ApiError::of_commit)
}

/// Takes a like back; doing so again changes nothing.
pub async fn unlike(app: &App, viewer: &Viewer, post: Uuid) -> Result<(), ApiError> {
    let mut transaction = app.pool.begin().await?;
    let row = likes::delete(&mut transaction, viewer.id(), post).await?.ok_or(UNKNOWN)?;
    record(&mut transaction, viewer, post, &row, -1).await?;
    transaction.commit().await.map_err(ApiError::of_commit)
}

async fn record(
    connection: &mut PgConnection,
    viewer: &Viewer,
    post: Uuid,
    row: &LikeRow,
    delta: i64,
) -> Result<(), sqlx::Error> {
    if !row.changed {
        return Ok(());
    }
    let like = PostLike {
        post_id: PostId(post),
        actor_id: UserId(viewer.0.user_public_id),
        recipient_id: UserId(row.author_public_id),
    };
    let event = if delta > 0 { Event::PostLiked(like) } else { Event::PostUnliked(like) };
    outbox::append(connection, &event).await?;
    posts::add_to_counters(connection, row.post_id, delta, 0).await?;
    users::add_to_counters(connection, viewer.id(), 0, delta).await
}
