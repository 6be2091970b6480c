//! On which schemas this release runs.

use phasma_store::migrations::{SchemaError, check, migrate};
use phasma_store::testing::TestDatabase;

#[tokio::test]
async fn a_release_runs_between_its_own_migrations_and_what_newer_ones_took_away() {
    let database = TestDatabase::create().await;
    let mut connection = database.pool.acquire().await.unwrap();
    check(&mut connection).await.unwrap();

    // A newer release added something. Going back to this one changes nothing and works.
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                 values (30000101000000, 'of a newer release', true, '', 0)";
    sqlx::query(newer).execute(&mut *connection).await.unwrap();
    migrate(&mut connection).await.unwrap();
    check(&mut connection).await.unwrap();

    // It took something away.
    sqlx::query("update schema_range set oldest = 30000101000000").execute(&mut *connection).await.unwrap();
    for outcome in [migrate(&mut connection).await, check(&mut connection).await] {
        assert!(matches!(outcome, Err(SchemaError::TooNew { oldest: 30000101000000, .. })), "{outcome:?}");
    }

    sqlx::query("update schema_range set oldest = 0").execute(&mut *connection).await.unwrap();
    sqlx::query("delete from _sqlx_migrations where description = 'create feed'")
        .execute(&mut *connection)
        .await
        .unwrap();
    let outcome = check(&mut connection).await;
    let Err(SchemaError::TooOld { count: 1, first }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(first, "20261124090500 create feed");
    drop(connection);
    database.drop().await;
}
