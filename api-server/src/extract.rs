//! What handlers take out of a request; every refusal is an [`crate::error::ApiError`].

pub mod json;
pub mod page;
pub mod params;
pub mod viewer;

pub use json::Json;
pub use page::{PageParams, PageQuery};
pub use params::{Path, Query};
pub use viewer::Viewer;
