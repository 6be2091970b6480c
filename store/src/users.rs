//! Accounts: what is read of them, what is written, and who may come in.

pub mod access;
pub mod read;
pub mod write;

pub use access::*;
pub use read::*;
pub use write::*;
