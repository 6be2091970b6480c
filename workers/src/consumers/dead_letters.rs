//! Records that can never be processed are set aside with the reason, for a person to look at and replay.

use std::time::Duration;

use metrics::counter;
use phasma_domain::contract::topics;
use rdkafka::{
    Message,
    error::KafkaError,
    message::{Header, OwnedHeaders, OwnedMessage},
    producer::{FutureProducer, FutureRecord},
    util::Timeout,
};

use crate::{
    config::BrokerConfig,
    runtime::{kafka, telemetry::names},
};

/// Header with the reason, and headers with where the record stood.
const REASON: &str = "dead_letter_reason";
const GROUP: &str = "dead_letter_group";
const SOURCE: &str = "dead_letter_source";
/// Between two tries to reach the broker.
const RETRY: Duration = Duration::from_secs(1);

/// Sets records aside for one group.
pub struct DeadLetters {
    producer: FutureProducer,
    group: &'static str,
}

impl DeadLetters {
    pub fn new(config: &BrokerConfig, group: &'static str) -> Result<Self, KafkaError> {
        let producer =
            kafka::client_config(config).set("enable.idempotence", "true").set("acks", "all").create()?;
        Ok(Self { producer, group })
    }

    /// Returns once the broker has the record: only then may its offset be stored.
    pub async fn set_aside(&self, record: &OwnedMessage, reason: &str) {
        let topic = topics::dead_letters(record.topic());
        let source = format!("{}/{}/{}", record.topic(), record.partition(), record.offset());
        tracing::error!(group = self.group, source, reason, "a record is set aside");
        counter!(names::DEAD_LETTERS, "group" => self.group).increment(1);
        let mut headers = record.headers().cloned().unwrap_or_else(OwnedHeaders::new);
        for (key, value) in [(REASON, reason), (GROUP, self.group), (SOURCE, &source)] {
            headers = headers.insert(Header { key, value: Some(value) });
        }
        loop {
            let mut letter = FutureRecord::to(&topic).headers(headers.clone());
            letter.key = record.key();
            letter.payload = record.payload();
            match self.producer.send(letter, Timeout::Never).await {
                Ok(_) => return,
                Err((error, _)) => tracing::warn!(%error, topic, "a dead letter was not taken; trying again"),
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}
