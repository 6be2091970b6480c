//! What happens behind the API: the relay carries events from the outbox to the broker, consumers turn them into
//! feeds and notifications, and `provision` makes what both need in the stores.

pub mod check;
pub mod cli;
pub mod config;
pub mod consumers;
pub mod feed;
pub mod janitor;
pub mod notifications;
pub mod provision;
pub mod relay;
pub mod runtime;
