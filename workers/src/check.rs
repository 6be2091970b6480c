//! Trying one service with the settings that the programs will use. What fails becomes one line a person can act on.

use std::{
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, bail};
use clap::ValueEnum;
use fred::prelude::*;
use meilisearch_sdk::{client::Client as SearchClient, errors::Error as SearchError};
use phasma_domain::contract::env;
use rdkafka::{
    ClientContext,
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    error::{KafkaError, RDKafkaErrorCode},
};
use sqlx::{Connection, PgConnection};
use url::Url;

use crate::{
    config::{BrokerConfig, CacheConfig, CheckConfig, Hidden, ObjectStoreConfig, SearchConfig},
    runtime::{self, cause::innermost, kafka, object_store},
};

/// Longest try.
const LIMIT: Duration = Duration::from_secs(10);
/// A library with a limit of its own gives up this much earlier, so that its cause is heard.
const MARGIN: Duration = Duration::from_secs(2);

/// Long enough to take the events that wait in a client.
const EVENTS: Duration = Duration::from_millis(200);

/// PostgreSQL 18 brought `uuidv7`, which queries use.
const OLDEST_SERVER: u32 = 180_000;

/// What can be checked.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Target {
    Database,
    Cache,
    ObjectStorage,
    Search,
    Broker,
}

/// Succeeds if the service answers and lets us in.
pub async fn run(target: Target, config: CheckConfig) -> anyhow::Result<()> {
    let tried = async {
        match target {
            Target::Database => database(required(config.database_url.as_ref(), env::DATABASE_URL)?).await,
            Target::Cache => cache(&config.cache).await,
            Target::ObjectStorage => bucket(&config.object_store).await,
            Target::Search => search(&config.search).await,
            Target::Broker => {
                broker(required(config.broker().as_ref(), env::BROKER_BOOTSTRAP_SERVERS)?.clone()).await
            }
        }
    };
    let outcome = match tokio::time::timeout(LIMIT, tried).await {
        Ok(result) => result,
        Err(_) => Err(anyhow::anyhow!("no answer within {} s", LIMIT.as_secs())),
    };
    outcome.map_err(|cause| match address(target, &config) {
        Some(address) => anyhow::anyhow!("{address}: {cause:#}"),
        None => cause,
    })
}

/// Where the service is looked for, without user and password.
fn address(target: Target, config: &CheckConfig) -> Option<String> {
    let url = match target {
        Target::Database => config.database_url.as_ref()?.reveal(),
        Target::Cache => config.cache.cache_url.as_ref()?.reveal(),
        Target::ObjectStorage => config.object_store.s3_endpoint.as_deref()?,
        Target::Search => config.search.search_url.as_deref()?,
        Target::Broker => return config.broker_bootstrap_servers.clone(),
    };
    let url = Url::parse(url).ok()?;
    let port = url.port_or_known_default().or(match target {
        Target::Database => Some(5432),
        Target::Cache => Some(6379),
        _ => None,
    });
    Some(format!("{}:{}", url.host_str()?, port?))
}

fn required<T>(setting: Option<T>, variable: &str) -> anyhow::Result<T> {
    setting.with_context(|| format!("{variable} is not set"))
}

/// Logs in, and looks that the log can be read by a relay.
async fn database(url: &Hidden) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url.reveal()).await.map_err(of_database)?;
    if let Some(version) = connection.server_version_num().filter(|version| *version < OLDEST_SERVER) {
        bail!("PostgreSQL {} is too old: 18 or newer is needed", version / 10_000);
    }
    let level = phasma_store::health::wal_level(&mut connection).await.map_err(of_database)?;
    if level != "logical" {
        bail!("wal_level is {level}; the relay needs logical");
    }
    Ok(())
}

/// What the server or the network said, without the line of the server's source.
fn of_database(error: sqlx::Error) -> anyhow::Error {
    match error.as_database_error() {
        Some(refusal) => anyhow::anyhow!("{}", refusal.message().to_owned()),
        None => anyhow::anyhow!("{}", innermost(&error)),
    }
}

async fn cache(settings: &CacheConfig) -> anyhow::Result<()> {
    let config = required(runtime::cache::config(settings)?, env::CACHE_URL)?;
    let client = Builder::from_config(config).build().map_err(plain)?;
    client.init().await.map_err(plain)?;
    client.ping::<()>(None).await.map_err(plain)?;
    client.quit().await.map_err(plain)
}

/// The bucket itself may be missing: provision makes it. A refused key is not, nor a bucket of someone else.
async fn bucket(config: &ObjectStoreConfig) -> anyhow::Result<()> {
    let endpoint = required(config.s3_endpoint.as_ref(), env::S3_ENDPOINT)?;
    let client = object_store::client(config, endpoint)?;
    object_store::look(&client, &config.s3_bucket).await.map(|_| ())
}

async fn search(config: &SearchConfig) -> anyhow::Result<()> {
    let url = required(config.search_url.as_ref(), env::SEARCH_URL)?;
    let refused = |error: SearchError| anyhow::anyhow!("{}", innermost(&error));
    let client = SearchClient::new(url, config.search_key.as_ref().map(Hidden::reveal)).map_err(refused)?;
    client.health().await.map_err(refused)?;
    client.get_keys().await.map_err(refused)?;
    Ok(())
}

async fn broker(config: BrokerConfig) -> anyhow::Result<()> {
    let cause = Cause::default();
    let context = cause.clone();
    let tried = tokio::task::spawn_blocking(move || {
        let consumer: BaseConsumer<Cause> = kafka::client_config(&config).create_with_context(context)?;
        consumer.fetch_metadata(None, LIMIT - MARGIN).map(|_| ()).inspect_err(|_| {
            // The cause is among the events that wait for a poll.
            let _ = consumer.poll(EVENTS);
        })
    });
    tried.await?.map_err(|error: KafkaError| cause.last().map_or_else(|| plain(error), plain))
}

/// librdkafka tells why it can't connect in the background; what a request returns is only that it failed.
#[derive(Clone, Default)]
struct Cause(Arc<Mutex<Option<String>>>);

impl Cause {
    fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientContext for Cause {
    fn error(&self, error: KafkaError, reason: &str) {
        // "All brokers are down" comes last and explains nothing.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
        }
    }
}

impl ConsumerContext for Cause {}

/// The error's own words, without the chain that libraries repeat in them.
fn plain(error: impl Display) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Settings {
        #[command(flatten)]
        config: CheckConfig,
    }

    fn address_of(target: Target, option: &str, value: &str) -> Option<String> {
        address(target, &Settings::parse_from(["check", option, value]).config)
    }

    #[test]
    fn the_address_tells_no_password() {
        let database = address_of(Target::Database, "--database-url", "postgres://me:secret@db.example/x");
        assert_eq!(database.as_deref(), Some("db.example:5432"));
        let cache = address_of(Target::Cache, "--cache-url", "rediss://:secret@cache.example:7000");
        assert_eq!(cache.as_deref(), Some("cache.example:7000"));
        assert_eq!(address_of(Target::Search, "--search-url", "not an address: secret"), None);
    }
}
