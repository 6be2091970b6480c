//! The audit log: what people did to their accounts. Append only.

use sqlx::PgExecutor;

/// Notes that `user` did `action`. `detail` must hold no secret and no more personal data than needed.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    user: i64,
    action: &str,
    detail: &serde_json::Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into audit_log (user_id, action, detail) values ($1, $2, $3)", user, action, detail)
        .execute(executor)
        .await?;
    Ok(())
}
