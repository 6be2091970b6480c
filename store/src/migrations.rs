//! The schema's history, embedded from `migrations/`, and which schemas this release runs on: not on one that lacks a
//! migration of its own, nor on one from which a newer release has taken what this one uses. In between it does, so a
//! platform can go forward and back while programs of both releases run.

use std::sync::LazyLock;

use sqlx::{Connection, PgConnection, PgExecutor, migrate::Migrator};
use thiserror::Error;

/// Runs each file at most once per database, under an advisory lock, so replicas may start it side by side. Migrations of
/// a newer release are left alone.
static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = sqlx::migrate!("../migrations");
    migrator.set_ignore_missing(true);
    migrator
});

/// PostgreSQL's code for a table that isn't there.
const UNDEFINED_TABLE: &str = "42P01";

/// Why this release can't run on a database.
#[derive(Debug, Error)]
pub enum SchemaError {
    #[error("the database lacks {count} migrations, the first is {first}: run `phasma-api migrate`")]
    TooOld { count: usize, first: String },
    #[error(
        "the database was changed by a newer release: programs need migration {oldest} at least, this one ends at {newest}"
    )]
    TooNew { oldest: i64, newest: i64 },
    #[error(transparent)]
    Query(#[from] sqlx::Error),
    #[error("the migrations stopped: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// Brings the schema up to this release. One that is newer stays as it is, if this release still runs on it.
pub async fn migrate(connection: &mut PgConnection) -> Result<(), SchemaError> {
    check_range(&mut *connection).await?;
    Ok(MIGRATOR.run(connection).await?)
}

/// Whether this release runs on the database as it is.
pub async fn check(connection: &mut PgConnection) -> Result<(), SchemaError> {
    let missing = missing(&mut *connection).await?;
    if let Some(first) = missing.first() {
        return Err(SchemaError::TooOld { count: missing.len(), first: first.clone() });
    }
    check_range(connection).await
}

/// Descriptions of this release's migrations that the database has not run yet, in order.
async fn missing(executor: impl PgExecutor<'_>) -> Result<Vec<String>, sqlx::Error> {
    let ran: Vec<i64> =
        sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(executor).await?;
    let missing = MIGRATOR.iter().filter(|migration| !ran.contains(&migration.version));
    Ok(missing.map(|migration| format!("{} {}", migration.version, migration.description)).collect())
}

async fn check_range(connection: &mut PgConnection) -> Result<(), SchemaError> {
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
    match oldest(connection).await? {
        Some(oldest) if newest < oldest => Err(SchemaError::TooNew { oldest, newest }),
        _ => Ok(()),
    }
}

/// The oldest last migration of a release that runs on this schema; `None` before there was a range.
async fn oldest(connection: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    // In a transaction of its own, which a missing table may spoil.
    let mut transaction = connection.begin().await?;
    match sqlx::query_scalar("select oldest from schema_range").fetch_optional(&mut *transaction).await {
        Ok(oldest) => Ok(oldest),
        Err(error)
            if error.as_database_error().is_some_and(|e| e.code().as_deref() == Some(UNDEFINED_TABLE)) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
