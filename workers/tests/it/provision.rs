//! Provisioning makes everything once, and the programs' logins may do what they need and no more.

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use phasma_domain::contract::{
    indexes, search_keys,
    topics::{ACTIVITY, DEAD_LETTERS_SUFFIX, ENTITY_CHANGES},
};
use phasma_store::testing::required;
use reqwest::Client;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
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
        (
            "PHASMA_S3_AWAITED_KEYS",
            format!("{}:{}", required("PHASMA_S3_ACCESS_KEY_ID"), required("PHASMA_S3_SECRET_ACCESS_KEY")),
        ),
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
    logins_take_turns(&installation, &engine).await;
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

/// Of each pair of logins both are open during a rotation, and afterwards only the second.
async fn logins_take_turns(installation: &Installation, engine: &Engine) {
    let provision = async |rotation: &[(&'static str, &str)]| {
        let mut settings = settings(installation, engine);
        settings.extend(rotation.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let made = job(&["provision"], &settings).await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    };
    let refused = async |name: &str, password: &str| {
        let refusal = PgConnection::connect(&login(installation, name, password)).await.unwrap_err();
        refusal.as_database_error().unwrap().code().unwrap().into_owned()
    };
    let (first, second) =
        (login(installation, "phasma_api", "api secret"), login(installation, "phasma_api_b", "api next"));
    let both = [
        ("PHASMA_API_PASSWORD_OTHER", "api next"),
        ("PHASMA_CONSUMERS_PASSWORD_OTHER", "consumers next"),
        ("PHASMA_RELAY_PASSWORD_OTHER", "relay next"),
    ];
    provision(&both).await;
    let mut old = PgConnection::connect(&first).await.unwrap();
    let mut new = PgConnection::connect(&second).await.unwrap();
    sqlx::query("select count(*) from users").execute(&mut new).await.unwrap();
    // The second login may read the write-ahead log, too.
    let mut relay_settings = installation.settings();
    relay_settings.push(("PHASMA_DATABASE_URL", login(installation, "phasma_relay_b", "relay next")));
    let relay = crate::support::Role::start("relay", &relay_settings);
    relay.ready().await;

    let switched = [
        ("PHASMA_LOGIN_TURN", "1"),
        ("PHASMA_API_PASSWORD", "api next"),
        ("PHASMA_CONSUMERS_PASSWORD", "consumers next"),
        ("PHASMA_RELAY_PASSWORD", "relay next"),
    ];
    let others = [
        ("PHASMA_API_PASSWORD_OTHER", "api secret"),
        ("PHASMA_CONSUMERS_PASSWORD_OTHER", "consumers secret"),
        ("PHASMA_RELAY_PASSWORD_OTHER", "relay secret"),
    ];
    provision(&[&switched[..], &others[..]].concat()).await;
    for connection in [&mut old, &mut new] {
        sqlx::query("select count(*) from users").execute(connection).await.unwrap();
    }
    PgConnection::connect(&first).await.unwrap().close().await.unwrap();

    provision(&switched).await;
    for (name, password) in [
        ("phasma_api", "api secret"),
        ("phasma_consumers", "consumers secret"),
        ("phasma_relay", "relay secret"),
    ] {
        assert!(["28000", "28P01"].contains(&refused(name, password).await.as_str()), "{name}");
    }
    assert!(sqlx::query("select 1").execute(&mut old).await.is_err(), "a session of the old login goes on");
    sqlx::query("select count(*) from users").execute(&mut new).await.unwrap();
    assert!(relay.is_ready().await, "the relay lost its stream");
    relay.stop().await;

    // And back again.
    let first_again = [("PHASMA_API_PASSWORD", "api third"), ("PHASMA_API_PASSWORD_OTHER", "api next")];
    provision(&first_again).await;
    PgConnection::connect(&login(installation, "phasma_api", "api third")).await.unwrap();
    PgConnection::connect(&second).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owners_password_changes_and_the_former_opens_until_then() {
    let installation = Installation::without_topics().await;
    // The server's own owner serves other tests.
    let owner = format!("owner_{}", installation.prefix.trim_end_matches('.'));
    let statement = format!("create role {owner} superuser login password 'before'");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(installation.pool()).await.unwrap();
    let (before, after) = (login(&installation, &owner, "before"), login(&installation, &owner, "after"));
    let mut settings = installation.settings();
    settings.extend([
        ("PHASMA_DATABASE_URL", after.clone()),
        ("PHASMA_DATABASE_URL_FORMER", before.clone()),
        ("PHASMA_OWNER_PASSWORD", "after".to_owned()),
    ]);
    // The second time the former password opens no more, and isn't needed.
    for _ in 0..2 {
        let made = job(&["provision"], &settings).await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        assert!(PgConnection::connect(&before).await.is_err());
        PgConnection::connect(&after).await.unwrap().close().await.unwrap();
    }
    settings.retain(|(name, _)| *name != "PHASMA_DATABASE_URL_FORMER");
    settings.push(("PHASMA_DATABASE_URL", login(&installation, &owner, "guessed")));
    assert!(!job(&["provision"], &settings).await.status.success());
    let statement = format!("drop role {owner}");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(installation.pool()).await.unwrap();
    installation.remove().await;
}
