//! The workers' programs on real PostgreSQL, Kafka, Valkey, SeaweedFS and the search stand-in. Run through
//! `tools/services/services exec`; every test has a database, topics, a bucket and indexes of its own.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers, too")]

mod broker_users;
mod certificate;
mod check;
mod consumers;
mod outage;
mod pipelines;
mod provision;
mod relay;
mod support;
mod throughput;
