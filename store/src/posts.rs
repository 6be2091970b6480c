//! Posts: what is read of them and what is written.

pub mod read;
pub mod write;

pub use read::*;
pub use write::*;
