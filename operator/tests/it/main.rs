//! The operator against a real API server without nodes: `tools/cluster/cluster apiserver exec -- cargo test`.
//!
//! Nothing runs there, so the tests play the kubelet: they write the status that workloads would have.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers, too")]

mod bench;
mod clients;
mod deletion;
mod drift;
mod external_database;
mod kubelet;
mod leadership;
mod order;
mod process;
mod refusals;
mod rights;
mod shutdown;
mod support;
mod watching;
