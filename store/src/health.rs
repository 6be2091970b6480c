//! Whether the database answers.

use sqlx::PgExecutor;

pub async fn ping(executor: impl PgExecutor<'_>) -> Result<(), sqlx::Error> {
    sqlx::query("select 1").execute(executor).await?;
    Ok(())
}

/// How much the write-ahead log tells; the relay needs `logical`.
pub async fn wal_level(executor: impl PgExecutor<'_>) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!(r#"select setting as "setting!" from pg_settings where name = 'wal_level'"#)
        .fetch_one(executor)
        .await
}
