//! Names that more than one part must spell the same way: what the operator renders and the programs read.

pub mod broker;
pub mod buckets;
pub mod channels;
pub mod env;
pub mod indexes;
pub mod ports;
pub mod roles;
pub mod search_keys;
pub mod topics;
