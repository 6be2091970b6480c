//! Following and its end.

use phasma_domain::{
    event::{Event, FollowChange},
    id::UserId,
};
use phasma_store::{
    follows::{self, FollowRow},
    outbox, users,
};
use sqlx::PgConnection;

use crate::{app::App, error::ApiError, extract::Viewer, services::not_yours::refuse_self};

const UNKNOWN: ApiError = ApiError::NotFound("User not found.");
const SELF: &str = "You can't follow yourself.";

/// Follows the account of this username; doing so again changes nothing.
pub async fn follow(app: &App, viewer: &Viewer, username: &str) -> Result<(), ApiError> {
    refuse_self(viewer, username, SELF)?;
    let mut transaction = app.pool.begin().await?;
    let row = follows::insert(&mut transaction, viewer.id(), username).await?.ok_or(UNKNOWN)?;
    if row.changed {
        let followers = record(&mut transaction, viewer, &row, 1).await?;
        heed_celebrity(&mut transaction, viewer, &row, followers > app.celebrity_followers).await?;
    }
    transaction.commit().await.map_err(ApiError::of_commit)
}

/// Ends following; doing so again changes nothing.
pub async fn unfollow(app: &App, viewer: &Viewer, username: &str) -> Result<(), ApiError> {
    refuse_self(viewer, username, SELF)?;
    let mut transaction = app.pool.begin().await?;
    let row = follows::delete(&mut transaction, viewer.id(), username).await?.ok_or(UNKNOWN)?;
    if row.changed {
        record(&mut transaction, viewer, &row, -1).await?;
    }
    transaction.commit().await.map_err(ApiError::of_commit)
}

/// Marks a new follow of a celebrity, or makes one of whom `many` follow. The counters are locked by now, so follows of
/// one account come one by one here.
async fn heed_celebrity(
    connection: &mut PgConnection,
    viewer: &Viewer,
    row: &FollowRow,
    many: bool,
) -> Result<(), sqlx::Error> {
    let celebrity = follows::mark_if_celebrity(connection, viewer.id(), row.followed_id).await?;
    if many && !celebrity {
        follows::latch_celebrity(connection, row.followed_id).await?;
    }
    Ok(())
}

/// Appends the event and counts; returns how many follow the account now.
async fn record(
    connection: &mut PgConnection,
    viewer: &Viewer,
    row: &FollowRow,
    delta: i64,
) -> Result<i64, sqlx::Error> {
    let change = FollowChange {
        follower_id: UserId(viewer.0.user_public_id),
        followed_id: UserId(row.followed_public_id),
    };
    let event = if delta > 0 { Event::UserFollowed(change) } else { Event::UserUnfollowed(change) };
    outbox::append(connection, &event).await?;
    users::add_follow_to_counters(connection, viewer.id(), row.followed_id, delta).await
}
