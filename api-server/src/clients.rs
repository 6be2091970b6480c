//! Other systems: one module each, bounded in time, with errors that tell "away" from "wrong".

pub mod authority;
pub mod cache;
pub mod object_store;
pub mod search;
