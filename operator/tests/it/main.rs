//! The operator against a real API server without nodes: `tools/cluster/cluster apiserver exec -- cargo test`.
//!
//! Nothing runs there, so the tests play the kubelet: they write the status that workloads would have.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers, too")]

mod autoscaling;
mod bench;
mod brokers;
mod clients;
mod coverage;
mod crash;
mod deletion;
mod drift;
mod examples;
mod exposure;
mod external_database;
mod external_services;
mod faults;
mod foreign;
mod growth;
mod inventory;
mod kubelet;
mod leadership;
mod mutation;
mod network;
mod optional;
mod order;
mod outages;
mod overrides;
mod process;
mod refusals;
mod repair;
mod rights;
mod rollback;
mod rotation;
mod rules;
mod settings;
mod shutdown;
mod support;
mod variants;
mod versions;
mod watching;
