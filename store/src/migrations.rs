//! The schema's history, embedded from `migrations/`.

use sqlx::{PgExecutor, migrate::Migrator};

/// Runs each file at most once per database, under an advisory lock, so replicas may start it side by side.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Descriptions of this release's migrations that the database has not run yet, in order.
pub async fn missing(executor: impl PgExecutor<'_>) -> Result<Vec<String>, sqlx::Error> {
    let ran: Vec<i64> =
        sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(executor).await?;
    let missing = MIGRATOR.iter().filter(|migration| !ran.contains(&migration.version));
    Ok(missing.map(|migration| format!("{} {}", migration.version, migration.description)).collect())
}
