//! Deleting one's account, with everything that came by it.
//!
//! A large account is erased in many transactions, each of which is whole in itself: a post, or some hundred likes,
//! comments or follows, with the counters of others. The last one takes the account. One that is interrupted leaves
//! an account with less in it, which its owner may delete again.

use phasma_domain::{
    event::{Event, MediaReleased, UserDeleted},
    id::{PostId, UserId},
};
use phasma_store::{audit, erasure, outbox, posts};
use serde_json::json;
use sqlx::{PgConnection, PgPool};

use crate::{
    app::App,
    error::ApiError,
    extract::Viewer,
    services::{delete_post::delete_locked, profile::confirm_password},
};

/// Rows of one kind in one transaction: bounds its locks and its time.
const STEP: i64 = 500;

/// Erases the viewer's account. It goes on if whoever asked for it doesn't wait for the end.
pub async fn erase(app: &App, viewer: &Viewer, password: String, address: &str) -> Result<(), ApiError> {
    let hash = confirm_password(app, viewer, password, address).await?;
    let (pool, user) = (app.pool.clone(), viewer.id());
    let erasing = tokio::spawn(async move {
        empty(&pool, user).await?;
        finish(&pool, user, &hash).await
    });
    erasing.await.map_err(ApiError::internal)?
}

/// Takes away what may be much, while the account still works.
async fn empty(pool: &PgPool, user: i64) -> Result<(), sqlx::Error> {
    while delete_post(&mut *pool.acquire().await?, user).await? {}
    loop {
        let mut transaction = pool.begin().await?;
        let gone = step(&mut transaction, user).await?;
        transaction.commit().await?;
        if gone == 0 {
            return Ok(());
        }
    }
}

/// Deletes one post, as its author would; false if there is none left.
async fn delete_post(connection: &mut PgConnection, user: i64) -> Result<bool, sqlx::Error> {
    use sqlx::Connection;
    let Some(id) = erasure::next_post(&mut *connection, user).await? else { return Ok(false) };
    let mut transaction = connection.begin().await?;
    if let Some(row) = posts::lock(&mut transaction, id).await? {
        delete_locked(&mut transaction, PostId(id), &row).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Some of everything else that is counted or plenty; the answer is how many rows.
async fn step(connection: &mut PgConnection, user: i64) -> Result<u64, sqlx::Error> {
    Ok(erasure::delete_notifications(&mut *connection, user, STEP).await?
        + erasure::delete_feed(&mut *connection, user, STEP).await?
        + erasure::delete_comments(connection, user, STEP).await?
        + erasure::take_back_likes(connection, user, STEP).await?
        + erasure::end_follows(connection, user, STEP).await?)
}

/// Takes away what came in between, and the account. Another password by now keeps it: somebody else may have
/// set that.
async fn finish(pool: &PgPool, user: i64, hash: &str) -> Result<(), ApiError> {
    let mut transaction = pool.begin().await?;
    let Some(account) = erasure::lock(&mut transaction, user).await? else { return Ok(()) };
    if account.password_hash != hash {
        return Err(ApiError::Conflict("The password was changed meanwhile. Log in and try again."));
    }
    while delete_post(&mut transaction, user).await? {}
    while step(&mut transaction, user).await? > 0 {}
    erasure::delete(&mut transaction, user).await?;
    let mut events = vec![Event::UserDeleted(UserDeleted { user_id: UserId(account.public_id) })];
    events.extend(
        account
            .filenames
            .chunks(MediaReleased::MAX_KEYS)
            .map(|keys| Event::MediaReleased(MediaReleased { keys: keys.to_vec() })),
    );
    outbox::append_all(&mut transaction, &events).await?;
    audit::insert_of_nobody(&mut *transaction, "account.deleted", &json!({})).await?;
    transaction.commit().await.map_err(ApiError::of_commit)
}
