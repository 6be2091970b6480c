//! The operator against a real API server without nodes: `tools/cluster/cluster apiserver exec -- cargo test`.
//!
//! Nothing runs there, so the tests play the kubelet: they write the status that workloads would have.

mod deletion;
mod drift;
mod external_database;
mod kubelet;
mod order;
mod refusals;
mod support;
mod watching;
