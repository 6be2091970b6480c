//! The account's history of changes. Details never hold secrets.

use serde_json::Value;
use sqlx::PgExecutor;

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
