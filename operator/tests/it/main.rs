//! The operator against a real API server without nodes: `tools/cluster/cluster apiserver exec -- cargo test`.
//!
//! Nothing runs there, so the tests play the kubelet: they write the status that workloads would have.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers, too")]

mod deletion;
mod drift;
mod external_database;
mod kubelet;
mod order;
mod refusals;
mod rotation;
mod support;
mod watching;
