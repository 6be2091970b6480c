//! Reading topics from their beginning, and writing to them.

use std::{collections::HashMap, time::Duration};

use phasma_domain::contract::topics::{EVENTS, dead_letters, headers};
use phasma_store::testing::required;
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    message::{Header, Headers, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};
use tokio::task::spawn_blocking;

const TIMEOUT: Duration = Duration::from_secs(60);

/// A record as a test looks at it.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) payload: String,
    pub(crate) headers: HashMap<String, String>,
}

impl Record {
    pub(crate) fn seq(&self) -> i64 {
        self.headers[headers::SEQ].parse().unwrap()
    }
}

/// The topics of one installation.
pub(crate) struct Topics<'a> {
    pub(crate) prefix: &'a str,
}

/// How a client that may do everything connects.
pub(crate) fn client() -> ClientConfig {
    let mut client = ClientConfig::new();
    for (setting, variable) in [
        ("bootstrap.servers", "PHASMA_BROKER_BOOTSTRAP_SERVERS"),
        ("security.protocol", "PHASMA_BROKER_SECURITY_PROTOCOL"),
        ("sasl.mechanism", "PHASMA_BROKER_SASL_MECHANISM"),
        ("sasl.username", "PHASMA_BROKER_USERNAME"),
        ("sasl.password", "PHASMA_BROKER_PASSWORD"),
        ("ssl.ca.location", "PHASMA_BROKER_CA_FILE"),
    ] {
        client.set(setting, required(variable));
    }
    client
}

impl Topics<'_> {
    fn name(&self, topic: &str) -> String {
        format!("{}{topic}", self.prefix)
    }

    /// Number of partitions.
    pub(crate) async fn partitions(&self, topic: &str) -> usize {
        let name = self.name(topic);
        spawn_blocking(move || partitions(&client().create::<BaseConsumer>().unwrap(), &name)).await.unwrap()
    }

    /// Reads from the beginning until `enough` is true of a record; it is asked once for each.
    pub(crate) async fn read(
        &self,
        topic: &str,
        enough: impl FnMut(&Record) -> bool + Send + 'static,
    ) -> Vec<Record> {
        let name = self.name(topic);
        spawn_blocking(move || read(&name, enough)).await.unwrap()
    }

    /// Reads the first `count` records.
    pub(crate) async fn first(&self, topic: &str, count: usize) -> Vec<Record> {
        let mut left = count;
        self.read(topic, move |_| {
            left -= 1;
            left == 0
        })
        .await
    }

    /// Deletes every topic, as the loss of the broker's volume does.
    pub(crate) async fn delete(&self) {
        let admin: AdminClient<DefaultClientContext> = client().create().unwrap();
        let events = EVENTS.map(|topic| self.name(topic));
        let letters = events.clone().map(|topic| dead_letters(&topic));
        let names: Vec<&str> = events.iter().chain(&letters).map(String::as_str).collect();
        for result in admin.delete_topics(&names, &AdminOptions::new()).await.unwrap() {
            result.unwrap();
        }
    }

    /// Writes one record; returns where it went.
    pub(crate) async fn write(&self, topic: &str, key: &str, kind: Option<&str>, payload: &str) -> i32 {
        let producer: FutureProducer = client().create().unwrap();
        let mut all = OwnedHeaders::new();
        if kind.is_some() {
            all = all.insert(Header { key: headers::TYPE, value: kind });
        }
        let name = self.name(topic);
        let record = FutureRecord::to(&name).key(key).payload(payload).headers(all);
        producer.send(record, TIMEOUT).await.unwrap().partition
    }
}

fn partitions(consumer: &BaseConsumer, topic: &str) -> usize {
    let metadata = consumer.fetch_metadata(Some(topic), TIMEOUT).unwrap();
    metadata.topics().iter().find(|t| t.name() == topic).map_or(0, |t| t.partitions().len())
}

fn read(topic: &str, mut enough: impl FnMut(&Record) -> bool) -> Vec<Record> {
    let consumer: BaseConsumer = client()
        .set("group.id", "reader")
        .set("enable.auto.commit", "false")
        .set("fetch.wait.max.ms", "50")
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    for partition in 0..partitions(&consumer, topic) {
        list.add_partition_offset(topic, i32::try_from(partition).unwrap(), Offset::Beginning).unwrap();
    }
    consumer.assign(&list).unwrap();
    let mut records = Vec::new();
    loop {
        let record = match consumer.poll(TIMEOUT) {
            Some(Ok(message)) => record(&message),
            Some(Err(error)) => panic!("{topic}: {error}"),
            None => panic!("{topic}: no record within {TIMEOUT:?} after {}", records.len()),
        };
        let done = enough(&record);
        records.push(record);
        if done {
            return records;
        }
    }
}

fn record(message: &impl Message) -> Record {
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let headers = message.headers().map_or_else(HashMap::new, |headers| {
        headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
    });
    Record { key: text(message.key()), payload: text(message.payload()), headers }
}
