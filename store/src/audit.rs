//! The history of what was done to accounts and posts. It only grows: the programs' role may neither change nor
//! delete an entry. Details never hold secrets.

use serde_json::Value;
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// Writes down what an account's owner did to it.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    user: i64,
    action: &str,
    detail: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into audit_log (user_id, action, detail) values ($1, $2, $3)", user, action, detail)
        .execute(executor)
        .await?;
    Ok(())
}

/// Writes down what concerns an account that is no more, and so nobody.
pub async fn insert_of_nobody(
    executor: impl PgExecutor<'_>,
    action: &str,
    detail: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into audit_log (action, detail) values ($1, $2)", action, detail)
        .execute(executor)
        .await?;
    Ok(())
}

/// What somebody did to another's account or post.
pub struct AdminEntry<'a> {
    /// Who did it, by the name they gave.
    pub actor: &'a str,
    /// Key of the account it was done to, or whose post that was.
    pub user: i64,
    pub action: &'a str,
    /// The account's username or the post's public id.
    pub subject: &'a str,
    pub reason: Option<&'a str>,
    pub detail: &'a Value,
}

pub async fn insert_by_admin(
    executor: impl PgExecutor<'_>,
    entry: AdminEntry<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit_log (actor, user_id, action, subject, reason, detail)
         values ($1, $2, $3, $4, $5, $6)",
        entry.actor,
        entry.user,
        entry.action,
        entry.subject,
        entry.reason,
        entry.detail,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Whether this was ever done to this subject by somebody other than its owner.
pub async fn exists(executor: impl PgExecutor<'_>, action: &str, subject: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (select from audit_log where subject = $2 and action = $1) as \"exists!\"",
        action,
        subject,
    )
    .fetch_one(executor)
    .await
}

/// An entry as it is read.
#[derive(Debug, Clone)]
pub struct EntryRow {
    pub created: OffsetDateTime,
    /// None: the account's owner.
    pub actor: Option<String>,
    pub action: String,
    /// None: an account that is not there any more.
    pub subject: Option<String>,
    pub reason: Option<String>,
    pub detail: Value,
}

/// The newest entries, the newest first.
pub async fn list(executor: impl PgExecutor<'_>, limit: i64) -> Result<Vec<EntryRow>, sqlx::Error> {
    sqlx::query_as!(
        EntryRow,
        "select a.created, a.actor, a.action, coalesce(a.subject, u.username) as subject, a.reason, a.detail
         from audit_log a left join users u on u.id = a.user_id
         order by a.id desc limit $1",
        limit,
    )
    .fetch_all(executor)
    .await
}
