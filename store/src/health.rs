//! Whether the database answers.

use sqlx::PgExecutor;

pub async fn ping(executor: impl PgExecutor<'_>) -> Result<(), sqlx::Error> {
    sqlx::query("select 1").execute(executor).await?;
    Ok(())
}
