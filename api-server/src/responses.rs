//! The shapes the API answers with, one module per noun. They are a published interface: names here are the names
//! clients read.

pub mod comment;
pub mod cookie;
pub mod notification;
pub mod page;
pub mod picture;
pub mod post;
pub mod recent_search;
pub mod search;
pub mod segment;
pub mod session;
pub mod user;
