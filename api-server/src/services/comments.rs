//! Comments, written and deleted.

use phasma_domain::{
    comment::Body,
    event::{CommentCreated, CommentDeleted, Event},
    id::{CommentId, PostId, UserId},
};
use phasma_store::{
    comments::{self, CommentRow},
    outbox, posts,
};
use uuid::Uuid;

use crate::{app::App, error::ApiError, extract::Viewer, services::not_yours::refusal};

/// Writes a comment on a post.
pub async fn write(app: &App, viewer: &Viewer, post: Uuid, body: &str) -> Result<CommentRow, ApiError> {
    let body = Body::parse(body)?;
    let id = CommentId::generate();
    let mut transaction = app.pool.begin().await?;
    let row = comments::insert(&mut transaction, viewer.id(), post, id.0, body.as_str())
        .await?
        .ok_or(ApiError::NotFound("Post not found."))?;
    let event = Event::CommentCreated(CommentCreated {
        comment_id: id,
        post_id: PostId(post),
        actor_id: UserId(viewer.0.user_public_id),
        recipient_id: UserId(row.author_public_id),
    });
    outbox::append(&mut transaction, &event).await?;
    posts::add_to_counters(&mut transaction, row.post_id, 0, 1).await?;
    transaction.commit().await.map_err(ApiError::of_commit)?;
    Ok(row.comment)
}

/// Deletes a comment of one's own, or one on one's own post.
pub async fn delete(app: &App, viewer: &Viewer, post: Uuid, comment: Uuid) -> Result<(), ApiError> {
    let mut transaction = app.pool.begin().await?;
    let row = comments::lock(&mut transaction, post, comment)
        .await?
        .ok_or(ApiError::NotFound("Comment not found."))?;
    if ![row.writer_id, row.author_id].contains(&viewer.id()) {
        let message = "Only its writer and the post's owner can delete a comment.";
        return Err(refusal(&mut transaction, viewer, post, message).await?);
    }
    if comments::delete(&mut transaction, row.id).await? {
        let event = Event::CommentDeleted(CommentDeleted {
            comment_id: CommentId(comment),
            post_id: PostId(post),
            writer_id: UserId(row.writer_public_id),
            recipient_id: UserId(row.author_public_id),
        });
        outbox::append(&mut transaction, &event).await?;
        posts::add_to_counters(&mut transaction, row.post_id, 0, -1).await?;
    }
    transaction.commit().await.map_err(ApiError::of_commit)
}
