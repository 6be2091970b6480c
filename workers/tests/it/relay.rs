//! The relay: from committed rows to records, whatever happens to it.

use std::collections::{BTreeSet, HashMap};

use phasma_domain::{
    contract::topics::{ACTIVITY, ENTITY_CHANGES, headers},
    event::{Event, HashtagChanged, PostDeleted, PostLike},
    id::{PostId, UserId},
};
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::support::{Installation, Record, job, until};

fn hashtag(name: impl ToString) -> Event {
    Event::HashtagChanged(HashtagChanged { name: name.to_string() })
}

/// `count` events on ten keys.
fn hashtags(count: usize) -> Vec<Event> {
    (0..count).map(|n| hashtag(n % 10)).collect()
}

/// True of the record that makes `count` different ones.
fn distinct(count: usize) -> impl FnMut(&Record) -> bool + Send + 'static {
    let mut seen = BTreeSet::new();
    move |record| {
        seen.insert(record.seq());
        seen.len() == count
    }
}

/// The first time each record of a key is seen, they are in order.
fn assert_keys_in_order(records: &[Record]) {
    let mut highest: HashMap<&str, i64> = HashMap::new();
    let mut seen = BTreeSet::new();
    for record in records.iter().filter(|record| seen.insert(record.seq())) {
        let last = highest.insert(&record.key, record.seq());
        assert!(last < Some(record.seq()), "{} after {last:?} of key {}", record.seq(), record.key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_becomes_a_record_of_its_key_with_its_headers() {
    let installation = Installation::create().await;
    let relay = installation.start("relay");
    let like = PostLike {
        post_id: PostId::generate(),
        actor_id: UserId::generate(),
        recipient_id: UserId::generate(),
    };
    let gone = PostDeleted { post_id: like.post_id, author_id: like.recipient_id };
    installation.append(&[Event::PostLiked(like.clone()), hashtag("sea"), Event::PostDeleted(gone)]).await;

    let [record] = &installation.topics().first(ACTIVITY, 1).await[..] else { panic!("not one record") };
    assert_eq!(record.key, like.recipient_id.to_string());
    let payload: Value = serde_json::from_str(&record.payload).unwrap();
    assert_eq!(payload, Event::PostLiked(like.clone()).payload().unwrap());
    let header = |name: &str| record.headers[name].as_str();
    assert_eq!(header(headers::TYPE), "post.liked.v1");
    assert_eq!(header(headers::SOURCE), "phasma");
    assert_eq!(header(headers::SPEC_VERSION), "1.0");
    assert_eq!(header(headers::SUBJECT), like.recipient_id.to_string());
    let (id, created): (uuid::Uuid, time::OffsetDateTime) =
        sqlx::query_as("select id, created from outbox where seq = $1")
            .bind(record.seq())
            .fetch_one(installation.pool())
            .await
            .unwrap();
    assert_eq!(header(headers::ID), id.to_string());
    let time =
        time::OffsetDateTime::parse(header(headers::TIME), &time::format_description::well_known::Rfc3339);
    assert_eq!(time.unwrap(), created);
    let keys: BTreeSet<String> =
        installation.topics().first(ENTITY_CHANGES, 2).await.into_iter().map(|record| record.key).collect();
    assert_eq!(keys, BTreeSet::from(["sea".to_owned(), like.post_id.to_string()]));
    relay.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_committed_is_relayed_and_foreign_messages_are_passed_over() {
    let installation = Installation::create().await;
    let relay = installation.start("relay");
    let mut rolled_back = installation.pool().begin().await.unwrap();
    phasma_store::outbox::append(&mut rolled_back, &hashtag("undone")).await.unwrap();
    rolled_back.rollback().await.unwrap();
    let mut transaction = installation.pool().begin().await.unwrap();
    sqlx::query("select pg_logical_emit_message(true, 'other', 'content')")
        .execute(&mut *transaction)
        .await
        .unwrap();
    phasma_store::outbox::append(&mut transaction, &hashtag("done")).await.unwrap();
    transaction.commit().await.unwrap();

    let records = installation.topics().first(ENTITY_CHANGES, 1).await;
    assert_eq!(records[0].key, "done");
    relay.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_killed_in_the_middle_loses_nothing() {
    const TRANSACTIONS: usize = 400;
    const ROWS: usize = 50;
    let installation = Installation::create().await;
    let mut relay = installation.start("relay");
    for kill in 0..3 {
        for _ in 0..TRANSACTIONS {
            installation.append(&hashtags(ROWS)).await;
        }
        let some = kill * TRANSACTIONS * ROWS + ROWS;
        installation.topics().first(ENTITY_CHANGES, some).await;
        relay.kill().await;
        relay = installation.start("relay");
    }
    let all = 3 * TRANSACTIONS * ROWS;
    let records = installation.topics().read(ENTITY_CHANGES, distinct(all)).await;
    assert_keys_in_order(&records);
    relay.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_slot_missed_is_read_from_the_table() {
    let installation = Installation::create().await;
    // Written before there is a slot, then by the slot, then after it was dropped.
    installation.append(&hashtags(10)).await;
    let relay = installation.start("relay");
    relay.ready().await;
    installation.append(&hashtags(10)).await;
    installation.topics().read(ENTITY_CHANGES, distinct(20)).await;
    relay.stop().await;
    sqlx::query("select pg_drop_replication_slot($1)")
        .bind(installation.slot())
        .execute(installation.pool())
        .await
        .unwrap();
    installation.append(&hashtags(10)).await;

    let relay = installation.start("relay");
    relay.ready().await;
    installation.append(&hashtags(10)).await;
    let records = installation.topics().read(ENTITY_CHANGES, distinct(40)).await;
    assert_keys_in_order(&records);
    relay.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_a_crash_interrupted_is_done_again() {
    let installation = Installation::create().await;
    let relay = installation.start("relay");
    relay.ready().await;
    relay.stop().await;
    // What a crash leaves behind right after the slot was made anew: the slot begins after these rows.
    installation.append(&hashtags(10)).await;
    sqlx::query("select pg_replication_slot_advance($1, pg_current_wal_lsn())")
        .bind(installation.slot())
        .execute(installation.pool())
        .await
        .unwrap();
    sqlx::query(
        "insert into relay_checkpoints as c (slot, replay_from) values ($1, 0)
         on conflict (slot) do update set replay_from = 0",
    )
    .bind(installation.slot())
    .execute(installation.pool())
    .await
    .unwrap();

    let relay = installation.start("relay");
    installation.topics().read(ENTITY_CHANGES, distinct(10)).await;
    relay.ready().await;
    let due: Option<i64> = sqlx::query_scalar("select replay_from from relay_checkpoints where slot = $1")
        .bind(installation.slot())
        .fetch_one(installation.pool())
        .await
        .unwrap();
    assert_eq!(due, None);
    relay.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_relay_stands_by_and_takes_over() {
    let installation = Installation::create().await;
    let first = installation.start("relay");
    first.ready().await;
    let second = installation.start("relay");
    until("the second one lives", async || second.status("/health").await.is_some()).await;
    installation.append(&hashtags(5)).await;
    installation.topics().first(ENTITY_CHANGES, 5).await;
    assert!(!second.is_ready().await);
    first.kill().await;
    second.ready().await;
    installation.append(&hashtags(5)).await;
    installation.topics().read(ENTITY_CHANGES, distinct(10)).await;
    second.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_connection_is_opened_again() {
    let installation = Installation::create().await;
    let relay = installation.start("relay");
    relay.ready().await;
    let ended: i64 = sqlx::query_scalar(
        "select count(pg_terminate_backend(active_pid)) from pg_replication_slots where slot_name = $1",
    )
    .bind(installation.slot())
    .fetch_one(installation.pool())
    .await
    .unwrap();
    assert_eq!(ended, 1);
    installation.append(&hashtags(5)).await;
    installation.topics().first(ENTITY_CHANGES, 5).await;
    relay.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_slot_follows_the_log() {
    let installation = Installation::create().await;
    let relay = installation.start("relay");
    relay.ready().await;
    // Others write; nothing of it concerns the relay, and the server must not keep it for its sake.
    let target: String = sqlx::query_scalar(
        "with written as (insert into hashtags (name) select n::text from generate_series(1, 1000) n returning 1)
         select (pg_current_wal_insert_lsn())::text from written limit 1",
    )
    .fetch_one(installation.pool())
    .await
    .unwrap();
    let sql = "select confirmed_flush_lsn >= $1::pg_lsn from pg_replication_slots where slot_name = $2";
    until("the slot has followed", async || {
        let confirmed: Option<bool> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(&target)
            .bind(installation.slot())
            .fetch_one(installation.pool())
            .await
            .unwrap();
        confirmed == Some(true)
    })
    .await;
    relay.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_nobody_knows_stops_the_relay_before_it() {
    let installation = Installation::create().await;
    let relay = installation.start("relay");
    relay.ready().await;
    sqlx::query(
        "insert into outbox (id, aggregate, aggregate_id, type, payload)
         values (gen_random_uuid(), 'post', 'p', 'post.shared.v1', '{}')",
    )
    .execute(installation.pool())
    .await
    .unwrap();
    until("the relay is no longer ready", async || !relay.is_ready().await).await;
    relay.metric("phasma_relay_streaming", "0").await;
    relay.kill().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_made_anew_are_filled_from_the_outbox() {
    let installation = Installation::create().await;
    let relay = installation.start("relay");
    relay.ready().await;
    installation.append(&hashtags(20)).await;
    installation.topics().first(ENTITY_CHANGES, 20).await;
    // As when a broker comes back with an empty volume, while the relay has nothing to send.
    installation.topics().delete().await;
    let made = job(&["provision"], &installation.settings()).await;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let records = installation.topics().read(ENTITY_CHANGES, distinct(20)).await;
    assert_keys_in_order(&records);
    installation.append(&hashtags(1)).await;
    installation.topics().read(ENTITY_CHANGES, distinct(21)).await;
    relay.stop().await;
    installation.remove().await;
}
