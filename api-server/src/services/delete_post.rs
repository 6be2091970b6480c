//! Deleting a post with everything that hangs on it. Its pictures go after the commit, when the released media are
//! announced.

use phasma_domain::{
    event::{Event, MediaReleased, PostDeleted},
    id::{PostId, UserId},
};
use phasma_store::{
    hashtags, outbox,
    posts::{self, DeletableRow},
    users,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::App,
    error::ApiError,
    extract::Viewer,
    services::{events::user_changed, not_yours::refusal},
};

pub async fn delete_post(app: &App, viewer: &Viewer, post: Uuid) -> Result<(), ApiError> {
    let mut transaction = app.pool.begin().await?;
    let row = posts::lock(&mut transaction, post).await?.ok_or(ApiError::NotFound("Post not found."))?;
    if row.user_id != viewer.id() {
        return Err(refusal(&mut transaction, viewer, post, "Only its owner can delete a post.").await?);
    }
    delete_locked(&mut transaction, PostId(post), &row).await?;
    transaction.commit().await.map_err(ApiError::of_commit)
}

/// Deletes a post that the caller locked, whoever may do so.
pub(crate) async fn delete_locked(
    connection: &mut PgConnection,
    post: PostId,
    row: &DeletableRow,
) -> Result<(), sqlx::Error> {
    let likers = posts::delete(connection, row.id).await?;
    let shown_by = users::clear_avatars(connection, &row.filenames).await?;
    let mut events =
        vec![Event::PostDeleted(PostDeleted { post_id: post, author_id: UserId(row.user_public_id) })];
    events.extend(shown_by.into_iter().map(user_changed));
    events.extend(
        row.filenames
            .chunks(MediaReleased::MAX_KEYS)
            .map(|keys| Event::MediaReleased(MediaReleased { keys: keys.to_vec() })),
    );
    outbox::append_all(connection, &events).await?;
    hashtags::add_to_counters(connection, &row.hashtags, -1).await?;
    users::uncount_post(connection, row.user_id, &likers).await
}
