//! Topics and their dead letters.

use std::time::Duration;

use anyhow::{Context, bail};
use phasma_domain::contract::topics::{self, EVENTS};
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};
use sqlx::{Connection, PgConnection};

use crate::{
    config::{BrokerConfig, DatabaseConfig, ProvisionConfig},
    runtime::kafka,
};

const TIMEOUT: Duration = Duration::from_secs(30);
/// Events are kept as long as the outbox keeps them, so that a consumer may be away as long.
const RETENTION_MS: &str = "604800000"; // 7 days
/// Dead letters wait for a person.
const DEAD_LETTERS_RETENTION_MS: &str = "2592000000"; // 30 days

/// Makes the topics that are missing. What their predecessors held is replayed from the outbox: that is asked for
/// before they are made, so that a run that was cut short forgets nothing.
pub async fn provision(config: &ProvisionConfig) -> anyhow::Result<()> {
    let admin: AdminClient<DefaultClientContext> =
        kafka::client_config(&config.broker).create().context("the broker's settings are refused")?;
    let names: Vec<(String, String)> = EVENTS
        .iter()
        .map(|topic| config.broker.prefixed(topic))
        .map(|topic| (topics::dead_letters(&topic), topic))
        .collect();
    let replication = || TopicReplication::Fixed(config.topic_replication);
    let mut wanted = Vec::new();
    for (letters, topic) in &names {
        let events = NewTopic::new(topic, config.topic_partitions, replication());
        wanted.push(events.set("retention.ms", RETENTION_MS));
        wanted.push(NewTopic::new(letters, 1, replication()).set("retention.ms", DEAD_LETTERS_RETENTION_MS));
    }
    let options = AdminOptions::new().operation_timeout(Some(TIMEOUT)).request_timeout(Some(TIMEOUT));
    let missing = missing(&config.broker, names.iter().map(|(_, topic)| topic.clone()).collect()).await?;
    if !missing.is_empty() {
        tracing::info!(?missing, "topics are made, and the outbox replayed");
        request_replay(&config.database).await?;
    }
    let results = admin.create_topics(&wanted, &options).await.context("the broker can't be reached")?;
    for result in results {
        match result {
            Ok(topic) => tracing::info!(topic, "topic"),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, error)) => bail!("the topic {topic} can't be made: {error}"),
        }
    }
    Ok(())
}

/// Those of `names` that the broker doesn't know.
async fn missing(config: &BrokerConfig, names: Vec<String>) -> anyhow::Result<Vec<String>> {
    let client: BaseConsumer = kafka::client_config(config).create()?;
    let looked = tokio::task::spawn_blocking(move || {
        let metadata = client.fetch_metadata(None, TIMEOUT)?;
        let known = |name: &String| metadata.topics().iter().any(|topic| topic.name() == name);
        Ok::<_, KafkaError>(names.into_iter().filter(|name| !known(name)).collect())
    });
    looked.await?.context("the broker can't be reached")
}

async fn request_replay(config: &DatabaseConfig) -> anyhow::Result<()> {
    let url = config.database_url.reveal();
    let mut database = PgConnection::connect(url).await.context("the database can't be reached")?;
    Ok(phasma_store::relay::request_replay(&mut database).await?)
}
