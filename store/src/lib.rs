//! The platform's SQL and nothing else: one module per noun. Functions take any executor, so that the caller owns
//! the transaction; they return rows, never HTTP or Kafka types, and open no connection themselves.

pub mod feed_writes;
pub mod janitor;
pub mod logins;
pub mod migrations;
pub mod notification_writes;
pub mod outbox;
pub mod relay;
