//! Sessions, found by the hash of their token.

use phasma_domain::device;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

/// A live session and whose it is.
#[derive(Debug, Clone)]
pub struct SessionRow {
    pub id: i64,
    pub public_id: Uuid,
    pub created: OffsetDateTime,
    pub last_used: OffsetDateTime,
    pub expires: OffsetDateTime,
    pub user_id: i64,
    pub user_public_id: Uuid,
    pub username: String,
}

/// The live session stored under one of `token_hashes`. Suspended accounts have none.
pub async fn find(
    executor: impl PgExecutor<'_>,
    token_hashes: &[Vec<u8>],
) -> Result<Option<SessionRow>, sqlx::Error> {
    sqlx::query_as!(
        SessionRow,
        "select s.id, s.public_id, s.created, s.last_used, s.expires,
                u.id as user_id, u.public_id as user_public_id, u.username
         from sessions s join users u on u.id = s.user_id
         where s.token_hash = any($1) and s.expires > now() and u.suspended is null",
        token_hashes,
    )
    .fetch_optional(executor)
    .await
}

pub struct NewSession<'a> {
    pub public_id: Uuid,
    pub user_id: i64,
    pub token_hash: &'a [u8],
    pub device: &'a str,
    pub created: OffsetDateTime,
    pub expires: OffsetDateTime,
}

/// Starts a session, and ends the account's oldest ones beyond `keep`.
pub async fn insert(
    connection: &mut PgConnection,
    session: NewSession<'_>,
    keep: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sessions (public_id, user_id, token_hash, device, created, last_used, expires)
         values ($1, $2, $3, $4, $5, $5, $6)",
        session.public_id,
        session.user_id,
        session.token_hash,
        session.device,
        session.created,
        session.expires,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from sessions where id in (
             select id from sessions where user_id = $1 order by created desc, id desc offset $2
         )",
        session.user_id,
        keep,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn refresh(
    executor: impl PgExecutor<'_>,
    session: i64,
    used: OffsetDateTime,
    expires: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update sessions set last_used = $2, expires = $3 where id = $1", session, used, expires)
        .execute(executor)
        .await?;
    Ok(())
}

/// Notes that the session was used.
pub async fn note_use(
    executor: impl PgExecutor<'_>,
    session: i64,
    used: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update sessions set last_used = $2 where id = $1", session, used).execute(executor).await?;
    Ok(())
}

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct OwnSessionRow {
    pub id: i64,
    pub public_id: Uuid,
    pub device: String,
    pub created: OffsetDateTime,
    pub last_used: OffsetDateTime,
    pub expires: OffsetDateTime,
}

/// The account's live sessions, the newest first.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: i64,
    limit: i64,
) -> Result<Vec<OwnSessionRow>, sqlx::Error> {
    sqlx::query_as!(
        OwnSessionRow,
        r#"select id, public_id, coalesce(device, $3) as "device!", created, last_used, expires from sessions
         where user_id = $1 and expires > now() order by created desc, id desc limit $2"#,
        user,
        limit,
        device::UNKNOWN,
    )
    .fetch_all(executor)
    .await
}

/// Ends one session; the answer tells whether it was there.
pub async fn delete(executor: impl PgExecutor<'_>, session: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from sessions where id = $1", session).execute(executor).await?;
    Ok(done.rows_affected() > 0)
}

/// Ends the account's session of this public id; the answer tells whether there was one.
pub async fn delete_by_public_id(
    executor: impl PgExecutor<'_>,
    user: i64,
    public_id: Uuid,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from sessions where user_id = $1 and public_id = $2", user, public_id)
        .execute(executor)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends every session of the account but one.
pub async fn delete_others(
    executor: impl PgExecutor<'_>,
    user: i64,
    except: i64,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from sessions where user_id = $1 and id <> $2", user, except)
        .execute(executor)
        .await?;
    Ok(done.rows_affected())
}

/// Ends every session of the account; the answer tells how many there were.
pub async fn delete_all(executor: impl PgExecutor<'_>, user: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from sessions where user_id = $1", user).execute(executor).await?;
    Ok(done.rows_affected())
}
