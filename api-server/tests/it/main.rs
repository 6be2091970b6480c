//! The whole API on ports of its own, before a real PostgreSQL, Valkey and S3 and a stand-in for Meilisearch:
//! what clients see, what the outbox tells, and what stays as it was. Each test has its own database, bucket and
//! search indexes, so all of them run side by side. Run through `tools/services/services exec`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on fails")]

mod admin;
mod bounds;
mod guard;
mod internal;
mod matrix;
mod media;
mod outages;
mod routes;
mod support;
