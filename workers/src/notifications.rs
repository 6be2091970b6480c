//! The group `notifications`: people are told of likes, comments and follows, and no longer told when they are undone.

mod handler;
mod sink;

use fred::clients::Client;
use phasma_domain::{contract::topics, event::Event};
use sqlx::PgPool;

use crate::consumers::Effect;

/// Writes notifications, and hints at them.
#[derive(Clone)]
pub struct Notifications {
    pool: PgPool,
    cache: Option<Client>,
}

impl Notifications {
    pub fn new(pool: PgPool, cache: Option<Client>) -> Self {
        Self { pool, cache }
    }
}

impl Effect for Notifications {
    const GROUP: &'static str = topics::GROUP_NOTIFICATIONS;
    const TOPICS: &'static [&'static str] = &[topics::ACTIVITY];

    async fn apply(&self, events: &[Event]) -> Result<(), sqlx::Error> {
        let changes = handler::decide(events);
        sink::write(&self.pool, &changes).await?;
        if let Some(cache) = &self.cache {
            sink::hint(cache, &changes.recipients).await;
        }
        Ok(())
    }
}
