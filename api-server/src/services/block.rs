//! Blocking and muting, and their end.

use phasma_domain::{
    event::{Event, FollowChange},
    id::UserId,
};
use phasma_store::{
    blocks::{self, BlockedRow},
    outbox, users,
};
use sqlx::PgConnection;

use crate::{app::App, error::ApiError, extract::Viewer, services::not_yours::refuse_self};

const UNKNOWN: ApiError = ApiError::NotFound("User not found.");

/// Blocks the account of this username, which ends follows both ways; doing so again changes nothing.
pub async fn block(app: &App, viewer: &Viewer, username: &str) -> Result<(), ApiError> {
    refuse_self(viewer, username, "You can't block yourself.")?;
    let mut transaction = app.pool.begin().await?;
    let row = blocks::insert(&mut transaction, viewer.id(), username).await?.ok_or(UNKNOWN)?;
    end_follows(&mut transaction, viewer, row).await?;
    transaction.commit().await.map_err(ApiError::of_commit)
}

/// Each end is told and counted as if its follower had ended it.
async fn end_follows(
    connection: &mut PgConnection,
    viewer: &Viewer,
    other: BlockedRow,
) -> Result<(), sqlx::Error> {
    let (own, others) = (UserId(viewer.0.user_public_id), UserId(other.public_id));
    for follower in blocks::end_follows(connection, viewer.id(), other.id).await? {
        let is_own = follower == viewer.id();
        let (follower_id, followed_id) = if is_own { (own, others) } else { (others, own) };
        let event = Event::UserUnfollowed(FollowChange { follower_id, followed_id });
        outbox::append(connection, &event).await?;
        let followed = if is_own { other.id } else { viewer.id() };
        users::add_follow_to_counters(connection, follower, followed, -1).await?;
    }
    Ok(())
}

/// Ends a block; doing so again changes nothing. Follows don't come back.
pub async fn unblock(app: &App, viewer: &Viewer, username: &str) -> Result<(), ApiError> {
    refuse_self(viewer, username, "You can't block yourself.")?;
    known(blocks::delete(&app.pool, viewer.id(), username).await?)
}

/// Mutes the account of this username; doing so again changes nothing.
pub async fn mute(app: &App, viewer: &Viewer, username: &str) -> Result<(), ApiError> {
    refuse_self(viewer, username, "You can't mute yourself.")?;
    known(blocks::mute(&app.pool, viewer.id(), username).await?)
}

/// Ends a mute; doing so again changes nothing.
pub async fn unmute(app: &App, viewer: &Viewer, username: &str) -> Result<(), ApiError> {
    refuse_self(viewer, username, "You can't mute yourself.")?;
    known(blocks::unmute(&app.pool, viewer.id(), username).await?)
}

fn known(exists: bool) -> Result<(), ApiError> {
    if exists { Ok(()) } else { Err(UNKNOWN) }
}
