//! Sessions, found by the HMAC of their token.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// A live session with whom it belongs to.
#[derive(Debug, Clone)]
pub struct SessionRow {
    pub id: i64,
    pub user_id: i64,
    pub user_public_id: Uuid,
    pub username: String,
    pub created: OffsetDateTime,
    pub expires: OffsetDateTime,
}

/// A session as listed to its owner.
#[derive(Debug, Clone)]
pub struct ListedSessionRow {
    pub id: i64,
    pub public_id: Uuid,
    pub user_agent: String,
    pub created: OffsetDateTime,
    pub last_used: OffsetDateTime,
    pub expires: OffsetDateTime,
}

/// Starts a session and ends the oldest ones past `keep`.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    user: i64,
    token_hash: &[u8],
    user_agent: &str,
    expires: OffsetDateTime,
    keep: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with excess as (
             delete from sessions where id in (
                 select id from sessions where user_id = $2 order by created desc, id desc offset $6
             )
         )
         insert into sessions (public_id, user_id, token_hash, user_agent, expires) values ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        user,
        token_hash,
        user_agent,
        expires,
        keep - 1,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The live session of one of `token_hashes` (the same token under each accepted key).
pub async fn find(
    executor: impl PgExecutor<'_>,
    token_hashes: &[Vec<u8>],
) -> Result<Option<SessionRow>, sqlx::Error> {
    sqlx::query_as!(
        SessionRow,
        "select sessions.id, user_id, users.public_id as user_public_id, username, sessions.created, expires
         from sessions join users on users.id = sessions.user_id
         where token_hash = any($1) and expires > now()",
        token_hashes,
    )
    .fetch_optional(executor)
    .await
}

/// Notes a use and moves the expiry.
pub async fn refresh(
    executor: impl PgExecutor<'_>,
    session: i64,
    expires: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update sessions set last_used = now(), expires = $2 where id = $1", session, expires)
        .execute(executor)
        .await?;
    Ok(())
}

/// Live sessions of `user`: the session `current` first, then the newest.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: i64,
    current: i64,
) -> Result<Vec<ListedSessionRow>, sqlx::Error> {
    sqlx::query_as!(
        ListedSessionRow,
        "select id, public_id, user_agent, created, last_used, expires from sessions
         where user_id = $1 and expires > now()
         order by (id = $2) desc, created desc, id desc",
        user,
        current,
    )
    .fetch_all(executor)
    .await
}

/// Internal id of one's own session.
pub async fn find_id(
    executor: impl PgExecutor<'_>,
    user: i64,
    public_id: Uuid,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!("select id from sessions where user_id = $1 and public_id = $2", user, public_id)
        .fetch_optional(executor)
        .await
}

/// Ends one session.
pub async fn delete(executor: impl PgExecutor<'_>, session: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from sessions where id = $1", session).execute(executor).await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of `user` but `keep`.
pub async fn delete_others(executor: impl PgExecutor<'_>, user: i64, keep: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from sessions where user_id = $1 and id <> $2", user, keep)
        .execute(executor)
        .await?;
    Ok(done.rows_affected())
}
