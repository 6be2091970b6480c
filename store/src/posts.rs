//! Posts: what is read of them and what is written.

pub mod edit;
pub mod read;
pub mod write;

pub use edit::*;
pub use read::*;
pub use write::*;
