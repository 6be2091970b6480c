//! Changing one's profile and password.

use phasma_domain::{
    event::{Event, MediaReleased},
    media::{Filename, PENDING_SECONDS},
    user::{Bio, Email, Name, Password},
};
use phasma_store::{
    audit, outbox, sessions, uploads,
    users::{self, OwnProfileRow},
};
use serde_json::json;
use sqlx::PgConnection;
use time::Duration;

use crate::{
    app::App,
    error::ApiError,
    extract::Viewer,
    limits::Login,
    security::{password::Verdict, strength},
    services::{accounts::available, events::user_changed},
};

const WRONG_PASSWORD: &str = "The current password is wrong.";

/// A whole profile, as typed.
pub struct NewProfile {
    pub name: String,
    pub username: String,
    pub email: String,
    pub bio: String,
    pub avatar: Option<String>,
    /// Needed for another e-mail address alone.
    pub current_password: Option<String>,
}

/// Replaces the viewer's profile. Writing what is there already changes nothing. Another e-mail address, which is what
/// one logs in by, asks for the password, so that a browser left open is not an account lost.
pub async fn update_profile(
    app: &App,
    viewer: &Viewer,
    mut profile: NewProfile,
    address: &str,
) -> Result<(), ApiError> {
    let password = profile.current_password.take().filter(|password| !password.is_empty());
    let new = parse(profile)?;
    let confirmed = password.is_some();
    if let Some(password) = password {
        confirm_password(app, viewer, password, address).await?;
    }
    let mut transaction = app.pool.begin().await?;
    let old =
        users::lock(&mut transaction, viewer.id()).await?.ok_or(ApiError::NotFound("User not found."))?;
    let changed = changed_fields(&old, &new);
    if changed.is_empty() {
        return Ok(());
    }
    if old.email != new.email && !confirmed {
        return Err(ApiError::Forbidden("E-mail address changes need the current password."));
    }
    if old.avatar != new.avatar
        && let Some(avatar) = &new.avatar
    {
        claim_avatar(&mut transaction, viewer.id(), avatar).await?;
    }
    let row = users::update_profile(&mut transaction, viewer.id(), &new).await?;
    let mut events = vec![user_changed(row)];
    if let Some(avatar) = old.avatar.filter(|avatar| new.avatar.as_ref() != Some(avatar))
        && !users::owns_picture(&mut *transaction, viewer.id(), &avatar).await?
    {
        events.push(Event::MediaReleased(MediaReleased { keys: vec![avatar] }));
    }
    audit::insert(&mut *transaction, viewer.id(), "profile.updated", &json!({ "fields": changed })).await?;
    outbox::append_all(&mut transaction, &events).await?;
    transaction.commit().await.map_err(ApiError::of_commit)
}

fn parse(profile: NewProfile) -> Result<OwnProfileRow, ApiError> {
    let avatar = profile.avatar.filter(|avatar| !avatar.is_empty());
    Ok(OwnProfileRow {
        name: Name::parse(&profile.name)?.as_str().to_owned(),
        username: available(&profile.username)?.as_str().to_owned(),
        email: Email::parse(&profile.email)?.as_str().to_owned(),
        bio: Bio::parse(&profile.bio)?.as_str().to_owned(),
        avatar: avatar
            .map(|avatar| Filename::parse(&avatar))
            .transpose()?
            .map(|name| name.as_str().to_owned()),
    })
}

fn changed_fields(old: &OwnProfileRow, new: &OwnProfileRow) -> Vec<&'static str> {
    let fields = [
        ("name", old.name != new.name),
        ("username", old.username != new.username),
        ("email", old.email != new.email),
        ("bio", old.bio != new.bio),
        ("avatar", old.avatar != new.avatar),
    ];
    fields.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect()
}

/// An avatar is a picture of one's own posts, or one's own pending upload, which the profile then keeps.
async fn claim_avatar(connection: &mut PgConnection, user: i64, filename: &str) -> Result<(), ApiError> {
    let lifetime = Duration::seconds(PENDING_SECONDS);
    let named = [filename.to_owned()];
    if !uploads::take(connection, user, &named, lifetime).await?.is_empty()
        || users::owns_picture(connection, user, filename).await?
    {
        return Ok(());
    }
    Err(ApiError::Invalid("The avatar must be a picture of yours.".to_owned()))
}

/// Makes sure that whoever asks knows the viewer's password; its stored hash. Wrong ones count as failed log-ins of
/// `address`, where the request comes from.
pub(crate) async fn confirm_password(
    app: &App,
    viewer: &Viewer,
    password: String,
    address: &str,
) -> Result<String, ApiError> {
    let login = Login::new(&viewer.0.user_public_id.to_string(), address);
    app.limits.attempt_login(&login).await?;
    let stored = users::find_password_hash(&app.pool, viewer.id()).await?;
    let stored = stored.ok_or(ApiError::NotFound("User not found."))?;
    let verdict = app.hasher.verify(password, Some(stored.clone())).await.map_err(ApiError::internal)?;
    if verdict == Verdict::Wrong {
        return Err(ApiError::Forbidden(WRONG_PASSWORD));
    }
    app.limits.forgive(&login).await;
    Ok(stored)
}

/// Sets a new password, which ends all other sessions.
pub async fn change_password(
    app: &App,
    viewer: &Viewer,
    current: String,
    new: String,
    address: &str,
) -> Result<(), ApiError> {
    let new = Password::parse(new)?;
    let stored = confirm_password(app, viewer, current, address).await?;
    let me = users::find_self(&app.pool, viewer.id()).await?.ok_or(ApiError::NotFound("User not found."))?;
    strength::check(&new, &[&me.name, &me.username, &me.email])?;
    let hash = app.hasher.hash(new.reveal().to_owned()).await.map_err(ApiError::internal)?;
    let mut transaction = app.pool.begin().await?;
    // Somebody else, the person on call perhaps, may have set another one meanwhile: that one stays.
    if !users::replace_password_hash(&mut *transaction, viewer.id(), &stored, &hash).await? {
        return Err(ApiError::Forbidden(WRONG_PASSWORD));
    }
    let ended = sessions::delete_others(&mut *transaction, viewer.id(), viewer.0.id).await?;
    audit::insert(&mut *transaction, viewer.id(), "password.changed", &json!({ "sessionsEnded": ended }))
        .await?;
    transaction.commit().await.map_err(ApiError::of_commit)
}
