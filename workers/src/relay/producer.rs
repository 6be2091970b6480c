//! Handing records to the broker: idempotent, acknowledged by all replicas, with a bounded queue in this process.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metrics::{counter, histogram};
use phasma_domain::{
    contract::topics::{self, headers},
    event,
};
use rdkafka::{
    ClientContext,
    error::{KafkaError, RDKafkaErrorCode},
    message::{DeliveryResult, Header, OwnedHeaders},
    producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer},
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::{
    RelayError,
    record::OutboxRecord,
    tracker::{Progress, Tracker},
};
use crate::{
    config::BrokerConfig,
    runtime::{kafka, telemetry::names},
};

/// A full queue is looked at again after this.
const QUEUE_WAIT: Duration = Duration::from_millis(5);
const METADATA_TIMEOUT: Duration = Duration::from_secs(10);
const SOURCE: &str = "phasma";
const SPEC_VERSION: &str = "1.0";

/// What deliveries change.
#[derive(Debug, Default)]
struct Deliveries {
    tracker: Tracker,
    /// The first delivery that failed for good: the session must end.
    failure: Option<KafkaError>,
}

/// Deliveries are reported on a thread of librdkafka.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<Deliveries>>);

impl Reports {
    fn lock(&self) -> MutexGuard<'_, Deliveries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    /// Number of the record's transaction.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, transaction: usize) {
        let mut deliveries = self.lock();
        match result {
            Ok(_) => {
                if let Some(committed) = deliveries.tracker.acknowledged(transaction) {
                    let delay = OffsetDateTime::now_utc() - committed;
                    histogram!(names::RELAY_DELAY).record(delay.as_seconds_f64().max(0.0));
                }
            }
            Err((error, _)) => {
                deliveries.failure.get_or_insert_with(|| error.clone());
            }
        }
    }
}

/// A producer with the account of what it was given.
pub struct Producer {
    inner: ThreadedProducer<Reports>,
    reports: Reports,
    prefix: String,
    stop: CancellationToken,
}

impl Producer {
    pub fn new(config: &BrokerConfig, stop: &CancellationToken) -> Result<Self, KafkaError> {
        let reports = Reports::default();
        let inner = kafka::client_config(config)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            .set("linger.ms", "5")
            // The library's own default would let one gibibyte pile up.
            .set("queue.buffering.max.kbytes", "16384")
            // A broker that is away is waited for.
            .set("message.timeout.ms", "0")
            .create_with_context(reports.clone())?;
        Ok(Self { inner, reports, prefix: config.topic_prefix.clone(), stop: stop.clone() })
    }

    /// Looks that every topic is there: a record for a missing one would wait for ever.
    pub async fn check_topics(&self) -> Result<(), RelayError> {
        for topic in topics::EVENTS {
            let (producer, name) = (self.inner.clone(), format!("{}{topic}", self.prefix));
            let looked = tokio::task::spawn_blocking(move || {
                let metadata = producer.client().fetch_metadata(Some(&name), METADATA_TIMEOUT)?;
                let there =
                    metadata.topics().iter().any(|t| t.error().is_none() && !t.partitions().is_empty());
                Ok::<_, KafkaError>((name, there))
            });
            let (name, there) = looked.await.map_err(|_| RelayError::Ended)??;
            if !there {
                return Err(RelayError::NoTopic(name));
            }
        }
        Ok(())
    }

    /// Begins a transaction that was committed at `committed`; returns its number.
    pub fn begin(&self, committed: OffsetDateTime) -> usize {
        self.reports.lock().tracker.begin(committed)
    }

    /// The position after the commit of transaction `number` is `end`.
    pub fn committed(&self, number: usize, end: u64) {
        self.reports.lock().tracker.committed(number, end);
    }

    /// Gives a record of transaction `number` to the broker, waiting while the queue is full.
    pub async fn send(&self, number: usize, record: &OutboxRecord) -> Result<(), RelayError> {
        let topic =
            event::topic_of(&record.kind).ok_or_else(|| RelayError::UnknownEvent(record.kind.clone()))?;
        let topic = format!("{}{topic}", self.prefix);
        self.reports.lock().tracker.sent(number, record.seq);
        let mut attempt = BaseRecord::with_opaque_to(&topic, number)
            .key(record.aggregate_id.as_str())
            .payload(record.payload.as_str())
            .headers(headers_of(record));
        while let Err((error, back)) = self.inner.send(attempt) {
            if error != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
                return Err(error.into());
            }
            attempt = back;
            self.progress()?;
            if self.stop.is_cancelled() {
                return Err(RelayError::Stopped);
            }
            tokio::time::sleep(QUEUE_WAIT).await;
        }
        counter!(names::RELAY_PUBLISHED, "type" => record.kind.clone()).increment(1);
        Ok(())
    }

    /// What may be confirmed, and whether nothing is on its way; an error if a delivery failed for good.
    pub fn progress(&self) -> Result<(Progress, bool), RelayError> {
        let deliveries = self.reports.lock();
        match &deliveries.failure {
            Some(error) => Err(error.clone().into()),
            None => Ok((deliveries.tracker.progress(), deliveries.tracker.is_idle())),
        }
    }
}

fn headers_of(record: &OutboxRecord) -> OwnedHeaders {
    let (time, seq) = (record.time(), record.seq.to_string());
    let pairs = [
        (headers::ID, record.id.as_str()),
        (headers::TYPE, &record.kind),
        (headers::SOURCE, SOURCE),
        (headers::SPEC_VERSION, SPEC_VERSION),
        (headers::TIME, &time),
        (headers::SUBJECT, &record.aggregate_id),
        (headers::SEQ, &seq),
    ];
    pairs.into_iter().fold(OwnedHeaders::new_with_capacity(pairs.len()), |all, (key, value)| {
        all.insert(Header { key, value: Some(value) })
    })
}
