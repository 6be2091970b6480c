//! Starting sessions.

use phasma_domain::{
    device,
    id::SessionId,
    session::{self, MAX_PER_USER},
};
use phasma_store::{
    sessions::{self, NewSession},
    users::{self, CredentialsRow},
};
use time::OffsetDateTime;

use crate::{
    app::App,
    error::ApiError,
    limits::Login,
    security::{password::Verdict, token::Token},
};

const WRONG: &str = "Wrong e-mail address or password.";

/// A session that was just started.
pub struct LoggedIn {
    pub username: String,
    pub token: Token,
}

/// Checks the password, which takes as long for accounts that don't exist, and starts a session.
pub async fn log_in(
    app: &App,
    email: &str,
    password: String,
    address: &str,
    user_agent: &str,
) -> Result<LoggedIn, ApiError> {
    let email = email.trim().to_lowercase();
    let login = Login::new(&email, address);
    app.limits.attempt_login(&login).await?;
    let account = users::find_credentials(&app.pool, &email).await?;
    let stored = account.as_ref().map(|account| account.password_hash.clone());
    let verdict = app.hasher.verify(password.clone(), stored).await.map_err(ApiError::internal)?;
    let (Some(mut account), Verdict::Right | Verdict::Outdated) = (account, verdict) else {
        return Err(ApiError::Unauthorized(WRONG));
    };
    app.limits.forgive(&login).await;
    if verdict == Verdict::Outdated {
        let renewed = app.hasher.hash(password).await.map_err(ApiError::internal)?;
        if users::replace_password_hash(&app.pool, account.id, &account.password_hash, &renewed).await? {
            account.password_hash = renewed;
        }
    }
    start_session(app, account, user_agent).await
}

/// Starts a session, unless the account was suspended or got another password since it was looked up.
async fn start_session(app: &App, account: CredentialsRow, user_agent: &str) -> Result<LoggedIn, ApiError> {
    let token = Token::generate().map_err(ApiError::internal)?;
    let now = OffsetDateTime::now_utc();
    let session = NewSession {
        public_id: SessionId::generate().0,
        user_id: account.id,
        token_hash: &app.keys.hash(&token),
        device: &device::name(user_agent),
        created: now,
        expires: session::expiry(now, now),
    };
    let mut transaction = app.pool.begin().await?;
    let suspended = users::lock_for_session(&mut transaction, account.id, &account.password_hash).await?;
    if suspended.ok_or(ApiError::Unauthorized(WRONG))? {
        return Err(ApiError::Forbidden("This account is suspended."));
    }
    sessions::insert(&mut transaction, session, MAX_PER_USER).await?;
    transaction.commit().await.map_err(ApiError::of_commit)?;
    Ok(LoggedIn { username: account.username, token })
}
