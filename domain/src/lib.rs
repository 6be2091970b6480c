//! The platform's vocabulary: nouns with their invariants, the events they emit, the one text scanner, and the
//! names every part agrees on (`contract`). Pure: no I/O, no clock, no randomness except the making of ids.

pub mod audit;
pub mod comment;
pub mod contract;
pub mod device;
pub mod event;
pub mod follow;
pub mod hashtag;
pub mod id;
pub mod invalid;
pub mod media;
pub mod notification;
pub mod page;
pub mod post;
pub mod session;
pub mod text;
pub mod user;

pub use invalid::Invalid;
