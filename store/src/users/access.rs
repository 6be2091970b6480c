//! Who may come in: passwords and suspension. Logging in takes a shared lock on the account, and whatever shuts
//! somebody out an exclusive one before it ends the sessions: so no session of before can start after.

use sqlx::{PgConnection, PgExecutor};

/// Whether the account is suspended, or nothing if its password is not the one of this hash any more. Both stay so
/// until the transaction ends.
pub async fn lock_for_session(
    connection: &mut PgConnection,
    user: i64,
    password_hash: &str,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        "select suspended is not null as \"suspended!\" from users
         where id = $1 and password_hash = $2 for share",
        user,
        password_hash,
    )
    .fetch_optional(connection)
    .await
}

/// An account as the person on call finds it, locked until the transaction ends.
pub struct AccountRow {
    pub id: i64,
    pub suspended: bool,
}

pub async fn lock_by_username(
    connection: &mut PgConnection,
    username: &str,
) -> Result<Option<AccountRow>, sqlx::Error> {
    sqlx::query_as!(
        AccountRow,
        "select id, suspended is not null as \"suspended!\" from users
         where username = $1 for no key update",
        username,
    )
    .fetch_optional(connection)
    .await
}

pub async fn suspend(executor: impl PgExecutor<'_>, user: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set suspended = now() where id = $1", user).execute(executor).await?;
    Ok(())
}

pub async fn restore(executor: impl PgExecutor<'_>, user: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set suspended = null where id = $1", user).execute(executor).await?;
    Ok(())
}

/// Sets the hash of a new password, whatever the one of before.
pub async fn update_password_hash(
    executor: impl PgExecutor<'_>,
    user: i64,
    password_hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set password_hash = $2 where id = $1", user, password_hash)
        .execute(executor)
        .await?;
    Ok(())
}

/// Replaces the hash that a password was just compared with; false if the account has another one by now.
pub async fn replace_password_hash(
    executor: impl PgExecutor<'_>,
    user: i64,
    old: &str,
    new: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update users set password_hash = $3 where id = $1 and password_hash = $2",
        user,
        old,
        new,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected() > 0)
}
