//! For integration tests: a database of its own for each, migrated, and dropped at the end.

use std::env;

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

use crate::migrations;

/// Names a superuser's connection; set by `tools/services/services exec`.
pub const DATABASE_URL: &str = "PHASMA_TEST_DATABASE_URL";

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
        let migrated = migrations::migrate(&mut connection).await;
        migrated.unwrap_or_else(|error| panic!("the migrations failed: {error}"));
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
        execute(&self.admin, &format!("drop database {} with (force)", self.name)).await;
    }
}

async fn execute(options: &PgConnectOptions, sql: &str) {
    let failed = |error: sqlx::Error| -> ! { panic!("`{sql}` failed: {error}") };
    let mut connection = PgConnection::connect_with(options).await.unwrap_or_else(|error| failed(error));
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap_or_else(|error| failed(error));
    connection.close().await.unwrap_or_else(|error| failed(error));
}

/// `url` with another database's name in its path.
fn with_database(url: &str, name: &str) -> String {
    let (head, query) = url.split_once('?').map_or((url, None), |(head, query)| (head, Some(query)));
    let base = head.rsplit_once('/').map_or(head, |(base, _)| base);
    query.map_or_else(|| format!("{base}/{name}"), |query| format!("{base}/{name}?{query}"))
}
