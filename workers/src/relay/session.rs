//! One session: a producer, a connection for the table, and a stream from the slot, until one of them fails.

use std::{path::PathBuf, time::Duration};

use metrics::gauge;
use percent_encoding::percent_decode_str;
use pgwire_replication::{
    Lsn, PgWireError, ReplicationClient, ReplicationConfig, ReplicationEvent, TlsConfig,
};
use phasma_domain::contract::roles;
use phasma_store::relay as store;
use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    RelayError,
    pgoutput::{self, Message},
    producer::Producer,
    record::Relations,
    replay,
};
use crate::{
    config::RelayConfig,
    runtime::{admin_server::Readiness, telemetry::names},
};

/// Confirmed positions are passed on this often …
const CONFIRM: Duration = Duration::from_millis(50);
/// … told to the server this often …
const STATUS: Duration = Duration::from_secs(1);
/// … and the checkpoint is written this often.
const CHECKPOINT: Duration = Duration::from_secs(1);
/// How the slot is doing is looked at this often.
const LOOK: Duration = Duration::from_secs(5);
/// No message of the outbox is larger: PostgreSQL is not trusted with this process's memory.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;
/// The server lets a relay that vanished hold the slot no longer than this.
const SESSION_OPTIONS: &str = "-c wal_sender_timeout=10s -c timezone=UTC -c datestyle=ISO";
/// Microseconds from 1970 to PostgreSQL's epoch, 2000-01-01.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Runs until told to stop (`Ok`), or until something fails.
pub async fn run(
    config: &RelayConfig,
    readiness: &Readiness,
    stop: &CancellationToken,
) -> Result<(), RelayError> {
    let url = config.database.database_url.reveal();
    let slot = &config.replication_slot;
    let mut database = PgConnection::connect(url).await?;
    if !store::publication_exists(&mut database, roles::PUBLICATION).await? {
        return Err(RelayError::NoPublication(roles::PUBLICATION));
    }
    let producer = Producer::new(&config.broker, stop)?;
    producer.check_topics().await?;
    replay::ensure_slot(&mut database, slot).await?;
    replay::run(&mut database, &producer, slot, stop).await?;

    let mut client = ReplicationClient::connect(replication_config(url, slot)?).await?;
    client.wait_started().await.map_err(|error| started(error, slot))?;
    tracing::info!(slot, "streaming");
    readiness.set(true);
    gauge!(names::RELAY_STREAMING).set(1.0);

    let mut stream = Stream { client, producer, relations: Relations::default(), transaction: None };
    let ended = stream.relay(&mut database, slot, stop).await;
    stream.close(&mut database, slot, stop).await;
    ended
}

/// A slot that somebody else uses is no failure.
fn started(error: PgWireError, slot: &str) -> RelayError {
    const OBJECT_IN_USE: &str = "55006";
    if error.to_string().contains(OBJECT_IN_USE) {
        RelayError::SlotInUse(slot.to_owned())
    } else {
        error.into()
    }
}

/// The settings of the stream, from the same address as every other connection.
fn replication_config(address: &str, slot: &str) -> Result<ReplicationConfig, RelayError> {
    let url = Url::parse(address).map_err(|error| RelayError::Address(error.to_string()))?;
    let missing = |what: &str| RelayError::Address(format!("it names no {what}"));
    let host = url.host_str().ok_or_else(|| missing("host"))?;
    let database = url.path().trim_start_matches('/');
    if database.is_empty() {
        return Err(missing("database"));
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = (decoded(url.username()), decoded(url.password().unwrap_or_default()));
    Ok(ReplicationConfig::new(host, user, password, database, slot, roles::PUBLICATION)
        .with_port(url.port().unwrap_or(5432))
        .with_tls(tls(&url))
        .with_options(SESSION_OPTIONS)
        .with_application_name("phasma-relay")
        .with_status_interval(STATUS)
        .with_wakeup_interval(STATUS)
        .with_max_message_size(MAX_MESSAGE))
}

/// `sslmode` and `sslrootcert` as libpq means them.
fn tls(url: &Url) -> TlsConfig {
    let parameter =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let authority = parameter("sslrootcert").map(PathBuf::from);
    match parameter("sslmode").as_deref() {
        Some("verify-full") => TlsConfig::verify_full(authority),
        Some("verify-ca") => TlsConfig::verify_ca(authority),
        Some("require") => TlsConfig::require(),
        _ => TlsConfig::disabled(),
    }
}

/// A stream that runs.
struct Stream {
    client: ReplicationClient,
    producer: Producer,
    relations: Relations,
    /// Number of the transaction that is being read.
    transaction: Option<usize>,
}

impl Stream {
    async fn relay(
        &mut self,
        database: &mut PgConnection,
        slot: &str,
        stop: &CancellationToken,
    ) -> Result<(), RelayError> {
        let mut confirm = interval(CONFIRM);
        confirm.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut written, mut due) = (0, Instant::now());
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                _ = confirm.tick() => {
                    let seq = self.confirm()?;
                    if seq > written && due <= Instant::now() {
                        store::update_checkpoint(&mut *database, slot, seq).await?;
                        (written, due) = (seq, Instant::now() + CHECKPOINT);
                    }
                }
                _ = look.tick() => measure(database, slot).await?,
                event = self.client.recv() => {
                    let event = event?.ok_or(RelayError::Ended)?;
                    self.take(event).await?;
                }
            }
        }
    }

    async fn take(&mut self, event: ReplicationEvent) -> Result<(), RelayError> {
        match event {
            ReplicationEvent::Begin { commit_time_micros, .. } => {
                self.transaction = Some(self.producer.begin(moment(commit_time_micros)));
            }
            ReplicationEvent::XLogData { data, .. } => self.take_row(&data).await?,
            ReplicationEvent::Commit { end_lsn, .. } => {
                if let Some(number) = self.transaction.take() {
                    self.producer.committed(number, end_lsn.as_u64());
                }
            }
            ReplicationEvent::KeepAlive { wal_end, .. } => self.skip_to(wal_end)?,
            // Messages that others write into the log are none of ours.
            _ => {}
        }
        Ok(())
    }

    async fn take_row(&mut self, data: &[u8]) -> Result<(), RelayError> {
        match pgoutput::decode(data)? {
            Message::Relation(relation) => self.relations.describe(&relation)?,
            Message::Insert(row) => {
                if let (Some(record), Some(number)) = (self.relations.read(&row)?, self.transaction) {
                    self.producer.send(number, &record).await?;
                }
            }
            Message::Other => {}
        }
        Ok(())
    }

    /// While nothing is on its way, what the log holds up to `position` concerns others: without confirming it, the
    /// server would keep it.
    fn skip_to(&mut self, position: Lsn) -> Result<(), RelayError> {
        let (_, idle) = self.producer.progress()?;
        if idle && self.transaction.is_none() {
            self.client.update_applied_lsn(position);
        }
        Ok(())
    }

    /// Confirms what the broker acknowledged; returns the highest acknowledged sequence number.
    fn confirm(&mut self) -> Result<i64, RelayError> {
        let (progress, _) = self.producer.progress()?;
        if progress.position > 0 {
            self.client.update_applied_lsn(Lsn::from_u64(progress.position));
        }
        Ok(progress.seq)
    }

    /// Confirms what was acknowledged in the end, so that little is repeated.
    async fn close(mut self, database: &mut PgConnection, slot: &str, stop: &CancellationToken) {
        if !stop.is_cancelled() {
            self.client.abort();
            return;
        }
        if let Ok(seq) = self.confirm()
            && let Err(error) = store::update_checkpoint(database, slot, seq).await
        {
            tracing::warn!(%error, "the checkpoint was not written");
        }
        if let Err(error) = self.client.shutdown().await {
            tracing::warn!(%error, "the stream did not end cleanly");
        }
    }
}

/// Publishes how the slot is doing; an error if it has to be left for a replay.
async fn measure(database: &mut PgConnection, slot: &str) -> Result<(), RelayError> {
    let Some(health) = store::find_slot_health(database, slot).await? else { return Ok(()) };
    gauge!(names::RELAY_LAG).set(bytes(health.lag));
    if let Some(safe) = health.safe_wal_size {
        gauge!(names::RELAY_SAFE_WAL).set(bytes(safe));
    }
    if health.replay_due { Err(RelayError::ReplayDue) } else { Ok(()) }
}

/// Beyond 2^53 a gauge's last digits don't matter.
#[allow(clippy::cast_precision_loss)]
fn bytes(count: i64) -> f64 {
    count as f64
}

fn moment(micros: i64) -> OffsetDateTime {
    let nanos = i128::from(micros.saturating_add(EPOCH_MICROS)) * 1_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_stream_uses_the_address_of_every_other_connection() {
        let address =
            "postgres://relay:p%40ss+w@db.example:6432/phasma?sslmode=verify-full&sslrootcert=/ca.crt";
        let config = replication_config(address, "slot").unwrap();
        assert_eq!(
            (config.host.as_str(), config.port, config.database.as_str()),
            ("db.example", 6432, "phasma")
        );
        assert_eq!((config.user.as_str(), config.password.as_str()), ("relay", "p@ss+w"));
        assert_eq!(config.tls.ca_pem_path, Some(PathBuf::from("/ca.crt")));
        assert!(replication_config("postgres://db.example", "slot").is_err());
        assert!(replication_config("not an address", "slot").is_err());
    }

    #[test]
    fn commit_times_count_from_the_year_2000() {
        assert_eq!(moment(0), datetime!(2000-01-01 00:00 UTC));
        assert_eq!(moment(1_500_000), datetime!(2000-01-01 00:00:01.5 UTC));
    }
}
