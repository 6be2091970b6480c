//! Making accounts.

use phasma_domain::{
    Invalid,
    id::UserId,
    user::{Email, Name, Password, Username},
};
use phasma_store::{
    outbox,
    users::{self, NewUser},
};

use crate::{app::App, config::Signups, error::ApiError, security::strength, services::events::user_changed};

/// What a new account is made of, as typed.
pub struct SignUp {
    pub name: String,
    pub username: String,
    pub email: String,
    pub password: String,
}

/// Makes an account and returns its username.
pub async fn sign_up(app: &App, form: SignUp) -> Result<Username, ApiError> {
    if app.config.signups == Signups::Closed {
        return Err(ApiError::Forbidden("New accounts are not being made here at the moment."));
    }
    let (name, email) = (Name::parse(&form.name)?, Email::parse(&form.email)?);
    let username = available(&form.username)?;
    let password = Password::parse(form.password)?;
    strength::check(&password, &[name.as_str(), username.as_str(), email.as_str()])?;
    let password_hash = app.hasher.hash(password.reveal().to_owned()).await.map_err(ApiError::internal)?;
    let user = NewUser {
        public_id: UserId::generate().0,
        username: username.as_str(),
        name: name.as_str(),
        email: email.as_str(),
        password_hash: &password_hash,
    };
    let mut transaction = app.pool.begin().await?;
    let profile = users::insert(&mut transaction, user).await?;
    outbox::append(&mut transaction, &user_changed(profile)).await?;
    transaction.commit().await.map_err(ApiError::of_commit)?;
    Ok(username)
}

/// A username that an account may take.
pub(crate) fn available(text: &str) -> Result<Username, ApiError> {
    let username = Username::parse(text)?;
    if username.is_reserved() {
        return Err(Invalid::new("username", "That username is reserved. Choose another.").into());
    }
    Ok(username)
}
