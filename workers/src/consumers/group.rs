//! The loop of one consumer group: take a batch, bring about its effect, store its offsets.

use std::{collections::HashSet, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::FutureExt;
use metrics::{counter, gauge, histogram};
use phasma_domain::event::{DecodeError, Event};
use rdkafka::{
    Message,
    consumer::{CommitMode, Consumer, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::{
    Effect,
    batch::Received,
    dead_letters::DeadLetters,
    outcome::{Outcome, classify},
};
use crate::{
    config::BrokerConfig,
    runtime::{admin_server::Readiness, kafka, telemetry::names},
};

/// Records taken together at most.
const MAX_BATCH: usize = 500;
/// Waits between two tries grow from the first to the second.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Before topics that vanished are subscribed to again.
const ABSENCE: Duration = Duration::from_secs(2);

/// Consumes as the group of `effect` until told to stop.
pub async fn run<E: Effect>(
    broker: BrokerConfig,
    effect: E,
    readiness: Readiness,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let consumer = subscribe::<E>(&broker)?;
    let letters = DeadLetters::new(&broker, E::GROUP)?;
    let mut group = Group {
        consumer,
        broker,
        effect,
        letters,
        waiting: HashSet::new(),
        carried: Vec::new(),
        is_lost: false,
    };
    readiness.set(true);
    while !stop.is_cancelled() {
        let Some(batch) = group.take(&stop).await else { break };
        group.process(batch, &stop).await;
    }
    group.close();
    Ok(())
}

fn subscribe<E: Effect>(broker: &BrokerConfig) -> Result<StreamConsumer, KafkaError> {
    let consumer: StreamConsumer = kafka::client_config(broker)
        .set("group.id", broker.prefixed(E::GROUP))
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("auto.offset.reset", "earliest")
        // Offsets are stored after the effect and committed every second.
        .set("enable.auto.offset.store", "false")
        .set("enable.auto.commit", "true")
        .set("auto.commit.interval.ms", "1000")
        .set("session.timeout.ms", "10000")
        .set("heartbeat.interval.ms", "3000")
        // Topics that are made while this runs are found soon.
        .set("topic.metadata.refresh.interval.ms", "10000")
        .set("fetch.wait.max.ms", "100")
        .create()?;
    let topics: Vec<String> = E::TOPICS.iter().map(|topic| broker.prefixed(topic)).collect();
    consumer.subscribe(&topics.iter().map(String::as_str).collect::<Vec<_>>())?;
    counter!(names::SUBSCRIPTIONS, "group" => E::GROUP).increment(1);
    Ok(consumer)
}

struct Group<E> {
    consumer: StreamConsumer,
    broker: BrokerConfig,
    effect: E,
    letters: DeadLetters,
    /// Partitions that wait for a newer release.
    waiting: HashSet<(String, i32)>,
    /// Records that came while a batch was retried.
    carried: Vec<Received>,
    /// The topics vanished under the subscription.
    is_lost: bool,
}

impl<E: Effect> Group<E> {
    /// The next records: one is waited for, others are taken along if they are there. `None` when told to stop.
    async fn take(&mut self, stop: &CancellationToken) -> Option<Vec<Received>> {
        let mut batch = std::mem::take(&mut self.carried);
        while batch.is_empty() {
            if self.is_lost {
                self.subscribe_again(stop).await;
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                next = self.consumer.recv() => batch.extend(received(next, &mut self.is_lost)),
            }
        }
        while batch.len() < MAX_BATCH
            && let Some(next) = self.consumer.recv().now_or_never()
        {
            batch.extend(received(next, &mut self.is_lost));
        }
        Some(batch)
    }

    /// With a new client: the old one may wait for ever for topics that vanished and were made anew, as they are when a
    /// broker loses its volume. The new one begins where the group's offsets say, or at the beginning.
    async fn subscribe_again(&mut self, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ABSENCE) => {}
        }
        match subscribe::<E>(&self.broker) {
            Ok(consumer) => {
                tracing::warn!(group = E::GROUP, "the topics vanished; subscribing again");
                self.consumer = consumer;
                self.waiting.clear();
                self.is_lost = false;
            }
            Err(error) => tracing::warn!(group = E::GROUP, %error, "subscribing again failed"),
        }
    }

    async fn process(&mut self, batch: Vec<Received>, stop: &CancellationToken) {
        let mut good = Vec::with_capacity(batch.len());
        for received in batch {
            if self.waiting.contains(&received.partition()) {
                continue;
            }
            match &received.event {
                Ok(_) => good.push(received),
                Err(error @ DecodeError::NewerVersion(_)) => self.wait_for_newer_release(&received, error),
                Err(error) => {
                    // What came before it in its partition goes first: offsets only move forward.
                    self.bring_about(std::mem::take(&mut good), stop).await;
                    if stop.is_cancelled() {
                        // It may not have come about: the next one begins there.
                        return;
                    }
                    self.letters.set_aside(&received.record, &error.to_string()).await;
                    self.store_offsets(&[received]);
                }
            }
        }
        self.bring_about(good, stop).await;
    }

    /// Leaves a partition where it is: dropping the event would lose it, setting it aside would, too, since the
    /// release that reads it comes back after a rollback.
    fn wait_for_newer_release(&mut self, received: &Received, error: &DecodeError) {
        let (topic, partition) = received.partition();
        tracing::error!(group = E::GROUP, topic, partition, %error, "the partition waits for a newer release");
        let mut list = rdkafka::TopicPartitionList::new();
        list.add_partition(&topic, partition);
        if let Err(error) = self.consumer.pause(&list) {
            tracing::warn!(%error, "the partition could not be paused");
        }
        self.waiting.insert((topic, partition));
        gauge!(names::WAITING_PARTITIONS, "group" => E::GROUP).set(self.waiting.len() as f64);
    }

    /// Tries for ever; bad values are found by trying record after record.
    async fn bring_about(&mut self, batch: Vec<Received>, stop: &CancellationToken) {
        if batch.is_empty() || self.attempt(&batch, stop).await {
            return;
        }
        for received in batch {
            let alone = [received];
            if stop.is_cancelled() {
                return;
            }
            if !self.attempt(&alone, stop).await && !stop.is_cancelled() {
                self.letters.set_aside(&alone[0].record, "the database refuses its values").await;
                self.store_offsets(&alone);
            }
        }
    }

    /// Whether the effect came about; false for bad values, and when told to stop meanwhile.
    async fn attempt(&mut self, batch: &[Received], stop: &CancellationToken) -> bool {
        let events: Vec<Event> = batch.iter().filter_map(|r| r.event.as_ref().ok().cloned()).collect();
        let mut waits = ExponentialBuilder::new()
            .with_min_delay(FIRST_WAIT)
            .with_max_delay(LONGEST_WAIT)
            .without_max_times()
            .with_jitter()
            .build();
        loop {
            let Err(error) = self.effect.apply(&events).await else {
                self.note(batch);
                self.store_offsets(batch);
                return true;
            };
            if classify(&error) == Outcome::Poison {
                return false;
            }
            counter!(names::RETRIES, "group" => E::GROUP).increment(1);
            tracing::warn!(group = E::GROUP, %error, "the batch is tried again");
            self.rest(waits.next().unwrap_or(LONGEST_WAIT), stop).await;
            if stop.is_cancelled() {
                return false;
            }
        }
    }

    /// Waits, without being taken for dead: a member that doesn't poll is put out of its group.
    async fn rest(&mut self, wait: Duration, stop: &CancellationToken) {
        if let Ok(all) = self.consumer.assignment() {
            let _ = self.consumer.pause(&all);
        }
        let woken = tokio::time::sleep(wait);
        tokio::pin!(woken);
        loop {
            tokio::select! {
                () = &mut woken => break,
                () = stop.cancelled() => break,
                next = self.consumer.recv() => self.carried.extend(received(next, &mut self.is_lost)),
            }
        }
        if let Ok(all) = self.consumer.assignment() {
            let _ = self.consumer.resume(&all);
            self.keep_waiting();
        }
    }

    /// Pauses again what waits for a newer release.
    fn keep_waiting(&self) {
        let mut list = rdkafka::TopicPartitionList::new();
        for (topic, partition) in &self.waiting {
            list.add_partition(topic, *partition);
        }
        let _ = self.consumer.pause(&list);
    }

    fn note(&self, batch: &[Received]) {
        counter!(names::CONSUMED, "group" => E::GROUP).increment(batch.len() as u64);
        let now = OffsetDateTime::now_utc();
        for time in batch.iter().filter_map(|received| received.time) {
            histogram!(names::CONSUMER_DELAY, "group" => E::GROUP)
                .record((now - time).as_seconds_f64().max(0.0));
        }
    }

    /// A partition that went to another member in the meantime refuses; that one repeats what was done here.
    fn store_offsets(&self, batch: &[Received]) {
        for Received { record, .. } in batch {
            if let Err(error) =
                self.consumer.store_offset(record.topic(), record.partition(), record.offset())
            {
                tracing::debug!(%error, "an offset was not stored");
            }
        }
    }

    /// Commits what is stored, and leaves the group when dropped.
    fn close(self) {
        match self.consumer.commit_consumer_state(CommitMode::Sync) {
            Ok(()) | Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => {}
            Err(error) => tracing::warn!(group = E::GROUP, %error, "the last offsets were not committed"),
        }
    }
}

/// Errors of the connection heal by themselves; librdkafka goes on trying. A topic that vanished is noted in `is_lost`.
fn received(
    next: Result<rdkafka::message::BorrowedMessage<'_>, KafkaError>,
    is_lost: &mut bool,
) -> Option<Received> {
    match next {
        Ok(message) => Some(Received::decode(&message)),
        Err(error) => {
            tracing::warn!(%error, "the broker can't be read");
            *is_lost |= error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnknownTopicOrPartition);
            None
        }
    }
}
