//! What every test stands on.

mod app;
mod bucket;
mod contract;
mod gate;
mod person;
pub(crate) mod picture;
mod reply;
mod search;

pub(crate) use app::{INTERNAL_TOKEN, PUBLIC_ORIGIN, TestApp};
pub(crate) use contract::DOCUMENT;
pub(crate) use gate::Gate;
pub(crate) use person::{PASSWORD, Person};
pub(crate) use reply::{Reply, fields, texts};
