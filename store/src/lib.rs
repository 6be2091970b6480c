//! The platform's SQL and nothing else: one module per noun. Functions take any executor, so that the caller owns
//! the transaction; they return rows, never HTTP or Kafka types, and open no connection themselves.

pub mod audit;
pub mod blocks;
pub mod bookmarks;
pub mod comments;
pub mod erasure;
pub mod export;
pub mod feed;
pub mod feed_writes;
pub mod follows;
pub mod hashtags;
pub mod health;
pub mod janitor;
pub mod likes;
pub mod logins;
pub mod media;
pub mod migrations;
pub mod notification_writes;
pub mod notifications;
pub mod outbox;
pub mod posts;
pub mod recent_searches;
pub mod relay;
pub mod search;
pub mod search_documents;
pub mod sessions;
#[cfg(feature = "testing")]
pub mod testing;
pub mod uploads;
pub mod users;
