//! For integration tests: a database of its own for each, migrated, and dropped at the end.

use std::{env, path::Path};

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

use crate::migrations;

/// Names a superuser's connection; set by `tools/services/services exec`.
pub const DATABASE_URL: &str = "PHASMA_TEST_DATABASE_URL";

/// Names a folder with the next release's migrations, which every database then gets after this release's.
pub const LATER_MIGRATIONS: &str = "PHASMA_TEST_LATER_MIGRATIONS";

/// The value of an environment variable that a test can't do without.
///
/// # Panics
/// If it is missing: a test never passes by not running.
#[must_use]
pub fn required(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set: run the integration tests through `tools/services/services exec -- ...`"
        )
    })
}

/// A migrated database that goes when [`TestDatabase::drop`] is called.
pub struct TestDatabase {
    pub name: String,
    /// Connection string of the database's owner.
    pub url: String,
    pub pool: PgPool,
    admin: PgConnectOptions,
}

impl TestDatabase {
    /// Makes and migrates a database.
    ///
    /// # Panics
    /// If the server can't be reached or a migration fails.
    pub async fn create() -> Self {
        let server = required(DATABASE_URL);
        let admin: PgConnectOptions =
            server.parse().unwrap_or_else(|error| panic!("{DATABASE_URL}: {error}"));
        let name = format!("phasma_test_{}", Uuid::now_v7().simple());
        execute(&admin, &format!("create database {name}")).await;
        let options = admin.clone().database(&name);
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy_with(options);
        let mut connection =
            pool.acquire().await.unwrap_or_else(|error| panic!("no connection to {name}: {error}"));
        migrate(&mut connection).await;
        drop(connection);
        let url = with_database(&server, &name);
        Self { name, url, pool, admin }
    }

    /// Drops the database, whoever is still connected.
    ///
    /// # Panics
    /// If the server can't be reached.
    pub async fn drop(self) {
        self.pool.close().await;
        let drop = format!("drop database {} with (force)", self.name);
        while let Err(error) = try_execute(&self.admin, &drop).await {
            // What streamed from it ends a moment after its process.
            assert!(is_in_use(&error), "`{drop}` failed: {error}");
            execute(&self.admin, "select pg_sleep(0.02)").await;
        }
    }
}

async fn migrate(connection: &mut PgConnection) {
    let migrated = migrations::migrate(&mut *connection).await;
    migrated.unwrap_or_else(|error| panic!("the migrations failed: {error}"));
    let Ok(folder) = env::var(LATER_MIGRATIONS) else { return };
    let failed = |error: sqlx::migrate::MigrateError| -> ! { panic!("the migrations in {folder}: {error}") };
    let mut later = Migrator::new(Path::new(&folder)).await.unwrap_or_else(|error| failed(error));
    assert!(later.iter().count() > 0, "{LATER_MIGRATIONS}: no migrations in {folder}");
    later.set_ignore_missing(true);
    later.run(&mut *connection).await.unwrap_or_else(|error| failed(error));
    // As after going back by one release: this one leaves the schema alone and runs on it.
    let back = migrations::migrate(&mut *connection).await;
    back.unwrap_or_else(|error| panic!("this release doesn't go back on the next one's schema: {error}"));
    let runs = migrations::check(connection).await;
    runs.unwrap_or_else(|error| panic!("this release doesn't run on the next one's schema: {error}"));
}

async fn execute(options: &PgConnectOptions, sql: &str) {
    try_execute(options, sql).await.unwrap_or_else(|error| panic!("`{sql}` failed: {error}"));
}

async fn try_execute(options: &PgConnectOptions, sql: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

fn is_in_use(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "55006")
}

/// `url` with another database's name in its path.
fn with_database(url: &str, name: &str) -> String {
    let (head, query) = url.split_once('?').map_or((url, None), |(head, query)| (head, Some(query)));
    let base = head.rsplit_once('/').map_or(head, |(base, _)| base);
    query.map_or_else(|| format!("{base}/{name}"), |query| format!("{base}/{name}?{query}"))
}
