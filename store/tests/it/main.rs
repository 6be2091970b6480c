//! The store's own tests, on a real PostgreSQL. Run through `tools/services/services exec`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on fails")]

mod explained;
mod migrations;
mod plans;
