//! The `Phasma` resource: its fields, its status, the rules the API server enforces on it, and the names that whoever
//! watches a platform may rely on (conditions, reasons, labels, annotations).
//!
//! `phasma.dev_phasmas.yaml` beside this crate is generated from here; a test fails when it is stale.

// The schema derive repeats each struct inside a function, where `pub` can't be reached.
#![allow(unreachable_pub)]

pub mod conditions;
pub mod labels;
mod phasma;
pub mod spec;
pub mod status;

pub use phasma::{Phasma, PhasmaSpec};
pub use status::PhasmaStatus;
