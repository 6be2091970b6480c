//! The schema's history, embedded from `migrations/`.

use sqlx::migrate::Migrator;

/// Runs each file at most once per database, under an advisory lock, so replicas may start it side by side.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");
