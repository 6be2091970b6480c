//! What every request passes on its way to a handler; `router` sets the order.

pub mod access_log;
pub mod client;
pub mod database;
pub mod guard;
pub mod identify;
pub mod request_id;
