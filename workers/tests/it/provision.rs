//! Provisioning makes everything once, and the programs' logins may do what they need and no more.

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use phasma_domain::contract::{
    indexes, search_keys,
    topics::{ACTIVITY, DEAD_LETTERS_SUFFIX, ENTITY_CHANGES},
};
use phasma_store::testing::required;
use reqwest::Client;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tokio::process::{Child, Command};
use url::Url;

use crate::support::{Installation, PARTITIONS, free_address, job, until};

const MASTER_KEY: &str = "a master key of sixteen bytes or more";

/// Everything that can be provisioned, with names of this test's own.
fn settings(installation: &Installation, engine: &Engine) -> Vec<(&'static str, String)> {
    let mut settings = installation.settings();
    let name = installation.prefix.trim_end_matches('.');
    settings.extend([
        ("PHASMA_S3_ENDPOINT", required("PHASMA_S3_ENDPOINT")),
        ("PHASMA_S3_BUCKET", name.to_owned()),
        ("PHASMA_SEARCH_URL", engine.url.clone()),
        ("PHASMA_SEARCH_KEY", MASTER_KEY.to_owned()),
        ("PHASMA_SEARCH_INDEX_PREFIX", format!("{name}-")),
        ("PHASMA_API_PASSWORD", "api secret".to_owned()),
        ("PHASMA_CONSUMERS_PASSWORD", "consumers secret".to_owned()),
        ("PHASMA_RELAY_PASSWORD", "relay secret".to_owned()),
    ]);
    settings
}

/// The database's address with another login.
fn login(installation: &Installation, name: &str, password: &str) -> String {
    let mut url = Url::parse(&installation.database.url).unwrap();
    url.set_username(name).unwrap();
    url.set_password(Some(password)).unwrap();
    url.into()
}

/// A search engine (the stand-in) that no other test gives its keys: those tell a new one from one in use.
struct Engine {
    url: String,
    _process: Child,
}

impl Engine {
    async fn start() -> Self {
        let address = free_address().to_string();
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/services/meilisearch_stand_in.py");
        let process = Command::new("python3")
            .args([program, "--http-addr", &address])
            .env("MEILI_MASTER_KEY", MASTER_KEY)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let url = format!("http://{address}");
        until("the engine answers", async || reqwest::get(format!("{url}/health")).await.is_ok()).await;
        Self { url, _process: process }
    }

    async fn get(&self, path: &str) -> Value {
        let request = Client::new().get(format!("{}{path}", self.url)).bearer_auth(MASTER_KEY);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_made_once_and_repeating_it_is_harmless() {
    let installation = Installation::without_topics().await;
    let engine = Engine::start().await;
    let settings = settings(&installation, &engine);
    let people = installation.people();
    let early = people.sign_up("early").await;
    let post = people.post(early).await;
    for _ in 0..2 {
        let made = job(&["provision"], &settings).await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let log = String::from_utf8_lossy(&made.stdout);
        assert!(!log.contains("secret"), "a password is in the log: {log}");
    }
    let partitions = usize::try_from(PARTITIONS).unwrap();
    for topic in [ENTITY_CHANGES, ACTIVITY] {
        assert_eq!(installation.topics().partitions(topic).await, partitions);
        assert_eq!(installation.topics().partitions(&format!("{topic}{DEAD_LETTERS_SUFFIX}")).await, 1);
    }
    let name = installation.prefix.trim_end_matches('.');
    bucket_exists(name).await;
    for index in indexes::ALL {
        assert_eq!(engine.get(&format!("/indexes/{name}-{index}")).await["primaryKey"], "id");
    }
    let settings = engine.get(&format!("/indexes/{name}-{}/settings", indexes::POSTS)).await;
    assert_eq!(settings["searchableAttributes"][0], "description");
    // The engine is new, so its indexes were filled from the tables.
    for (index, id) in [(indexes::USERS, early.id.to_string()), (indexes::POSTS, post.to_string())] {
        let document = engine.get(&format!("/indexes/{name}-{index}/documents/{id}")).await;
        assert_eq!(document["id"], id);
    }
    for uid in [search_keys::API, search_keys::DOCUMENTS] {
        assert_eq!(engine.get(&format!("/keys/{uid}")).await["uid"], uid);
    }
    logins_may_do_their_work_and_no_more(&installation).await;
    installation.remove().await;
}

/// As with a broker, and a bucket, of somebody else: copies are its business, and what is there is taken as it is.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_runs_is_provisioned_too() {
    let installation = Installation::without_topics().await;
    let engine = Engine::start().await;
    let mut settings = settings(&installation, &engine);
    settings.push(("PHASMA_TOPIC_REPLICATION", "-1".to_owned()));
    for _ in 0..2 {
        let made = job(&["provision"], &settings).await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let partitions = usize::try_from(PARTITIONS).unwrap();
    assert_eq!(installation.topics().partitions(ENTITY_CHANGES).await, partitions);
    installation.remove().await;
}

async fn bucket_exists(name: &str) {
    let credentials = Credentials::new(
        required("PHASMA_S3_ACCESS_KEY_ID"),
        required("PHASMA_S3_SECRET_ACCESS_KEY"),
        None,
        None,
        "test",
    );
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(required("PHASMA_S3_ENDPOINT"))
        .region(Region::new(required("PHASMA_S3_REGION")))
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .force_path_style(true)
        .build();
    aws_sdk_s3::Client::from_conf(config).head_bucket().bucket(name).send().await.unwrap();
}

async fn logins_may_do_their_work_and_no_more(installation: &Installation) {
    let api = login(installation, "phasma_api", "api secret");
    let mut connection = PgConnection::connect(&api).await.unwrap();
    sqlx::query("select count(*) from users").execute(&mut connection).await.unwrap();
    let refused = sqlx::query("create table mine (id int)").execute(&mut connection).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");
    let wrong = login(installation, "phasma_api", "guessed");
    assert!(PgConnection::connect(&wrong).await.is_err());

    // Both workers run on their own logins.
    let mut relay_settings = installation.settings();
    relay_settings.push(("PHASMA_DATABASE_URL", login(installation, "phasma_relay", "relay secret")));
    let relay = crate::support::Role::start("relay", &relay_settings);
    let mut consumer_settings = installation.settings();
    consumer_settings
        .push(("PHASMA_DATABASE_URL", login(installation, "phasma_consumers", "consumers secret")));
    let consumers = crate::support::Role::start("consumers", &consumer_settings);
    let people = installation.people();
    let (ada, bob) = (people.sign_up("ada").await, people.sign_up("bob").await);
    people.follow(bob, ada).await;
    until("the whole path works", async || people.notifications(ada).await.len() == 1).await;
    // The janitor has made its round with the same login.
    consumers.metric("phasma_outbox_partition_days_ahead", "14").await;
    relay.stop().await;
    consumers.stop().await;
}
