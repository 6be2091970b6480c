//! What the person on call does to accounts and posts of others. Each change and its entry in the audit log are one
//! transaction; what is so already is left alone, and not written down again.

use phasma_domain::{
    audit::Note,
    id::PostId,
    user::{Password, Username},
};
use phasma_store::{
    audit::{self, AdminEntry},
    posts, sessions,
    users::{self, AccountRow},
};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::{
    security::password::{HashError, Hasher},
    services::delete_post::delete_locked,
};

const TAKEN_DOWN: &str = "post.taken_down";

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum AdministrationError {
    #[error("there is no account {0}")]
    NoAccount(Username),
    #[error("there is no post {0}: it was never there, or its author deleted it")]
    NoPost(PostId),
    #[error("the password can't be hashed")]
    Hash(#[from] HashError),
    #[error("the database refuses")]
    Database(#[from] sqlx::Error),
}

type Result<T> = std::result::Result<T, AdministrationError>;

/// Sets a new password and ends every session of the account; the answer tells how many there were.
pub async fn reset_password(
    connection: &mut PgConnection,
    actor: &Note,
    username: &Username,
    password: &Password,
) -> Result<u64> {
    let hash = Hasher::new().hash(password.reveal().to_owned()).await?;
    let mut transaction = connection.begin().await?;
    let account = lock(&mut transaction, username).await?;
    users::update_password_hash(&mut *transaction, account.id, &hash).await?;
    let ended = sessions::delete_all(&mut *transaction, account.id).await?;
    let entry = AdminEntry {
        actor: actor.as_str(),
        user: account.id,
        action: "password.reset",
        subject: username.as_str(),
        reason: None,
        detail: &json!({ "sessionsEnded": ended }),
    };
    audit::insert_by_admin(&mut *transaction, entry).await?;
    transaction.commit().await?;
    Ok(ended)
}

/// Keeps the account from logging in and ends its sessions; the answer tells how many there were, or that it was
/// suspended before.
pub async fn suspend(
    connection: &mut PgConnection,
    actor: &Note,
    username: &Username,
    reason: &Note,
) -> Result<Option<u64>> {
    let mut transaction = connection.begin().await?;
    let account = lock(&mut transaction, username).await?;
    if account.suspended {
        return Ok(None);
    }
    users::suspend(&mut *transaction, account.id).await?;
    let ended = sessions::delete_all(&mut *transaction, account.id).await?;
    let entry = AdminEntry {
        actor: actor.as_str(),
        user: account.id,
        action: "account.suspended",
        subject: username.as_str(),
        reason: Some(reason.as_str()),
        detail: &json!({ "sessionsEnded": ended }),
    };
    audit::insert_by_admin(&mut *transaction, entry).await?;
    transaction.commit().await?;
    Ok(Some(ended))
}

/// Lets a suspended account log in again; the answer tells whether it was one.
pub async fn restore(connection: &mut PgConnection, actor: &Note, username: &Username) -> Result<bool> {
    let mut transaction = connection.begin().await?;
    let account = lock(&mut transaction, username).await?;
    if !account.suspended {
        return Ok(false);
    }
    users::restore(&mut *transaction, account.id).await?;
    let entry = AdminEntry {
        actor: actor.as_str(),
        user: account.id,
        action: "account.restored",
        subject: username.as_str(),
        reason: None,
        detail: &json!({}),
    };
    audit::insert_by_admin(&mut *transaction, entry).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Deletes the post as its author would; false if it was taken down before.
pub async fn take_down(
    connection: &mut PgConnection,
    actor: &Note,
    post: PostId,
    reason: &Note,
) -> Result<bool> {
    let subject = post.to_string();
    let mut transaction = connection.begin().await?;
    let Some(row) = posts::lock(&mut transaction, post.0).await? else {
        let before = audit::exists(&mut *transaction, TAKEN_DOWN, &subject).await?;
        return if before { Ok(false) } else { Err(AdministrationError::NoPost(post)) };
    };
    delete_locked(&mut transaction, post, &row).await?;
    let entry = AdminEntry {
        actor: actor.as_str(),
        user: row.user_id,
        action: TAKEN_DOWN,
        subject: &subject,
        reason: Some(reason.as_str()),
        detail: &json!({ "author": row.user_public_id }),
    };
    audit::insert_by_admin(&mut *transaction, entry).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn lock(connection: &mut PgConnection, username: &Username) -> Result<AccountRow> {
    let account = users::lock_by_username(connection, username.as_str()).await?;
    account.ok_or_else(|| AdministrationError::NoAccount(username.clone()))
}
