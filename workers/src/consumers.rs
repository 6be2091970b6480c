//! The consumers: events from the topics become rows, and the janitor keeps house beside them.
//!
//! Promise: the effect is in the database before the offset is stored, effects may be repeated without harm, an outage
//! is waited out, and only records that can never be processed go to the dead letters.

mod batch;
mod dead_letters;
mod group;
mod outcome;

use std::time::Duration;

use anyhow::Context;
use fred::prelude::*;
use phasma_domain::{contract::topics, event::Event};
use phasma_store::migrations::{self, SchemaError};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::task::JoinSet;

use crate::{
    config::ConsumersConfig,
    feed, janitor, notifications,
    runtime::{
        admin_server::{self, Readiness},
        cache, shutdown,
    },
};

/// Waiting for a connection longer than this is an outage.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two looks at a database that doesn't answer.
const PAUSE: Duration = Duration::from_secs(1);

/// What a consumer group does with its events. Events come in batches, in the order of their partitions; an effect
/// reads the truth from the tables, so neither repetition nor order across partitions matters.
pub trait Effect: Clone + Send + Sync + 'static {
    /// Name of the consumer group.
    const GROUP: &'static str;
    /// Topics it reads.
    const TOPICS: &'static [&'static str];

    /// Brings about what `events` say. All or nothing, or repeatable.
    fn apply(&self, events: &[Event]) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

/// Consumes until told to stop.
pub async fn run(config: ConsumersConfig) -> anyhow::Result<()> {
    let stop = shutdown::on_signal()?;
    let ready = [Readiness::default(), Readiness::default()];
    admin_server::start(config.admin.admin_address, ready.to_vec()).await?;
    let pool = pool(&config)?;
    let cache = cache(&config)?;
    if stop.run_until_cancelled(schema(&pool)).await.transpose()?.is_none() {
        return Ok(());
    }

    let mut parts = JoinSet::new();
    let [feed_ready, notifications_ready] = ready;
    let feed = feed::Feed::new(pool.clone());
    parts.spawn(group::run(config.broker.clone(), feed, feed_ready, stop.clone()));
    let notifications = notifications::Notifications::new(pool.clone(), cache);
    parts.spawn(group::run(config.broker.clone(), notifications, notifications_ready, stop.clone()));
    parts.spawn(janitor::run(pool, stop.clone()));
    while let Some(ended) = parts.join_next().await {
        // One part that fails ends the process: Kubernetes starts it anew, with all of them.
        ended.context("a part of the consumers panicked")??;
    }
    Ok(())
}

/// Waits for the database, and refuses one whose schema this release doesn't run on.
async fn schema(pool: &PgPool) -> anyhow::Result<()> {
    loop {
        let read = async { migrations::check(&mut *pool.acquire().await?).await };
        match read.await {
            Err(SchemaError::Query(error)) => {
                tracing::warn!(%error, "the schema can't be read; trying again");
            }
            known => return known.context("the database"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn pool(config: &ConsumersConfig) -> anyhow::Result<PgPool> {
    let options = config
        .database
        .database_url
        .reveal()
        .parse::<PgConnectOptions>()
        .context("the address of the database is malformed")?
        .application_name("phasma-consumers");
    Ok(PgPoolOptions::new()
        .max_connections(config.database_max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options))
}

/// A connection that reopens itself; `None` without an address.
fn cache(config: &ConsumersConfig) -> anyhow::Result<Option<Client>> {
    let Some(config) = cache::config(&config.cache)? else { return Ok(None) };
    let client = Builder::from_config(config)
        .with_performance_config(|config| config.default_command_timeout = Duration::from_secs(1))
        .with_connection_config(|config| config.max_command_attempts = 1)
        .set_policy(ReconnectPolicy::new_exponential(0, 100, 5_000, 2))
        .build()
        .context("the cache client can't be made")?;
    client.connect();
    Ok(Some(client))
}

/// Topics that carry what people do.
pub const EVENT_TOPICS: &[&str] = &topics::EVENTS;
