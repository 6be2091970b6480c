//! What every role stands on: health and metrics, logs, connections, and how to stop.

pub mod admin_server;
pub mod authority;
pub mod cache;
pub mod cause;
pub mod kafka;
pub mod object_store;
pub mod shutdown;
pub mod telemetry;
pub mod termination;
