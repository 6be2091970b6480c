//! The operator of the `Phasma` resource.
//!
//! One pass: dereference -> validate -> build (pure) -> rollout gate -> apply -> prune -> status. See
//! [`controller`] for the flow and [`controller::build`] for what a platform consists of.

pub mod catalogue;
pub mod cli;
pub mod controller;
pub mod quantity;
pub mod runtime;
