//! The group `feed`: posts reach their followers, follows bring posts along, unfollows take them away.

mod handler;
mod sink;

use phasma_domain::{contract::topics, event::Event};
use sqlx::PgPool;

use crate::consumers::{EVENT_TOPICS, Effect};

/// Writes feeds.
#[derive(Clone)]
pub struct Feed {
    pool: PgPool,
}

impl Feed {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

impl Effect for Feed {
    const GROUP: &'static str = topics::GROUP_FEED;
    const TOPICS: &'static [&'static str] = EVENT_TOPICS;

    async fn apply(&self, events: &[Event]) -> Result<(), sqlx::Error> {
        sink::write(&self.pool, &handler::decide(events)).await
    }
}
