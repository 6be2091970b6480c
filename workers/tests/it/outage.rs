//! The database goes away and comes back while the consumers work.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::support::{Installation, until};

/// Nobody gets in any more, and whoever is in is put out; or the opposite.
async fn allow_connections(installation: &Installation, allow: bool) {
    let mut server =
        PgConnection::connect(&phasma_store::testing::required("PHASMA_TEST_DATABASE_URL")).await.unwrap();
    let name = &installation.database.name;
    let sql = format!("alter database {name} allow_connections {allow}");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut server).await.unwrap();
    if !allow {
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
            .bind(name)
            .execute(&mut server)
            .await
            .unwrap();
    }
    server.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_waited_out_and_nothing_is_set_aside() {
    let installation = Installation::create().await;
    let people = installation.people();
    let (ada, bob) = (people.sign_up("ada").await, people.sign_up("bob").await);
    let post = people.post(ada).await;
    people.like(bob, post, ada).await;
    let payload = format!(r#"{{"postId":"{post}","actorId":"{}","recipientId":"{}"}}"#, bob.id, ada.id);
    let consumers = installation.start("consumers");
    consumers.ready().await;
    allow_connections(&installation, false).await;
    installation.topics().write("activity", "key", Some("post.liked.v1"), &payload).await;
    until("the batch is retried", async || {
        let metrics = consumers.metrics().await;
        metrics
            .lines()
            .any(|line| line.starts_with("phasma_consumers_retries_total{group=\"notifications\"}"))
    })
    .await;
    allow_connections(&installation, true).await;
    until("the notification is there", async || people.notifications(ada).await.len() == 1).await;
    assert!(!consumers.metrics().await.contains("phasma_consumers_dead_letters_total"));
    consumers.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_told_to_stop_in_an_outage_leaves_the_event_to_the_next() {
    let installation = Installation::create().await;
    let people = installation.people();
    let (ada, bob) = (people.sign_up("ada").await, people.sign_up("bob").await);
    let post = people.post(ada).await;
    people.like(bob, post, ada).await;
    let payload = format!(r#"{{"postId":"{post}","actorId":"{}","recipientId":"{}"}}"#, bob.id, ada.id);
    let consumers = installation.start("consumers");
    consumers.ready().await;
    allow_connections(&installation, false).await;
    let topics = installation.topics();
    topics.write("activity", "key", Some("post.liked.v1"), &payload).await;
    // Malformed, in the same partition: setting it aside must not move the offset past the one before it.
    topics.write("activity", "key", Some("post.liked.v1"), "not JSON").await;
    until("the batch is retried", async || {
        consumers.metrics().await.contains("phasma_consumers_retries_total{group=\"notifications\"}")
    })
    .await;
    consumers.stop().await;
    allow_connections(&installation, true).await;
    let next = installation.start("consumers");
    until("the notification is there", async || people.notifications(ada).await.len() == 1).await;
    next.stop().await;
    installation.remove().await;
}
