//! The broker's users, made by the operator's own script on a broker that refuses what no list allows: each program
//! does its work as its user, and nothing else.
//!
//! The names of users, topics and groups are the platform's own, without a test's prefix: no other test uses them.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use phasma_domain::{
    contract::{
        broker::User,
        topics::{ACTIVITY, ENTITY_CHANGES, EVENTS, GROUP_FEED, GROUP_SEARCH_SYNC, dead_letters},
    },
    event::{Event, UserChanged},
};
use phasma_store::testing::required;
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    producer::{FutureProducer, FutureRecord},
};
use serde_yaml_ng::Value;
use time::OffsetDateTime;

use crate::pipelines;
use crate::support::{Installation, Role, client, job, until};

/// No picture is released here.
const NOBODY: &str = "http://127.0.0.1:1/";
const TIMEOUT: Duration = Duration::from_secs(30);

/// What the test gives each user as password.
fn password(user: User) -> String {
    format!("{}-password", user.name())
}

/// The container of the Job that the operator makes for the users.
fn container() -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let rendered = Command::new(Path::new(&required("PHASMA_TEST_BIN_DIR")).join("phasma-operator"))
        .args(["render", "-f"])
        .arg(root.join("charts/phasma-operator/examples/minimal.yaml"))
        .output()
        .unwrap();
    assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
    let documents = String::from_utf8(rendered.stdout).unwrap();
    documents
        .split("\n---\n")
        .map(|document| serde_yaml_ng::from_str::<Value>(document).unwrap())
        .find(|object| {
            object["kind"] == "Job"
                && object["metadata"]["labels"]["app.kubernetes.io/component"] == "broker-users"
        })
        .map(|job| job["spec"]["template"]["spec"]["containers"][0].clone())
        .expect("the Job")
}

/// Runs the Job's command with its environment, but for where the broker is and what the Secret holds.
fn make_users() {
    let container = container();
    let words = |field: &str| -> Vec<String> { serde_yaml_ng::from_value(container[field].clone()).unwrap() };
    let rpk = PathBuf::from(required("PHASMA_TEST_RPK_BIN"));
    let path = format!("{}:{}", rpk.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(&words("command")[0]);
    command.args(&words("command")[1..]).args(words("args")).stdout(Stdio::inherit()).env("PATH", path);
    for variable in container["env"].as_sequence().unwrap() {
        command.env(variable["name"].as_str().unwrap(), variable["value"].as_str().unwrap());
    }
    command
        .env("RPK_BROKERS", required("PHASMA_BROKER_BOOTSTRAP_SERVERS"))
        .env("RPK_TLS_CA", required("PHASMA_BROKER_CA_FILE"))
        .env("RPK_USER", required("PHASMA_BROKER_USERNAME"))
        .env("RPK_PASS", required("PHASMA_BROKER_PASSWORD"));
    for user in User::ALL {
        let variable = user.name().trim_start_matches("phasma-").to_uppercase();
        command.env(format!("{variable}_PASSWORD"), password(user));
    }
    let made = command.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// The settings of a program that runs as `user`.
fn settings(installation: &Installation, user: User) -> Vec<(&'static str, String)> {
    let mut settings = pipelines::settings(installation, NOBODY.to_owned());
    settings.push(("PHASMA_BROKER_USERNAME", user.name().to_owned()));
    settings.push(("PHASMA_BROKER_PASSWORD", password(user)));
    settings
}

fn client_of(user: User) -> ClientConfig {
    let mut client = client();
    client.set("sasl.username", user.name()).set("sasl.password", password(user));
    client
}

/// Writes one record, acknowledged by all; numbered as the programs do it, or not.
async fn write(user: User, topic: &str, numbered: bool) -> Result<(), KafkaError> {
    let producer: FutureProducer = client_of(user)
        .set("enable.idempotence", numbered.to_string())
        .set("message.timeout.ms", "30000")
        .create()?;
    let record = FutureRecord::to(topic).key("key").payload("{}");
    producer.send(record, TIMEOUT).await.map(|_| ()).map_err(|(error, _)| error)
}

/// Joins the group and waits for the first record, or the refusal.
async fn read(user: User, group: &'static str, topic: &'static str) -> Result<(), KafkaError> {
    let consumer: BaseConsumer = client_of(user)
        .set("group.id", group)
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .create()?;
    tokio::task::spawn_blocking(move || {
        consumer.subscribe(&[topic])?;
        let deadline = Instant::now() + TIMEOUT;
        loop {
            // A rebalance ends a poll without a record.
            if let Some(answer) = consumer.poll(deadline.saturating_duration_since(Instant::now())) {
                return answer.map(|_| ());
            }
            assert!(Instant::now() < deadline, "{user:?} got no answer on {topic}");
        }
    })
    .await
    .unwrap()
}

async fn make_topic(user: User, topic: &str) -> Result<(), RDKafkaErrorCode> {
    let admin: AdminClient<DefaultClientContext> = client_of(user).create().unwrap();
    let topic = NewTopic::new(topic, 1, TopicReplication::Fixed(1));
    let made = admin.create_topics(&[topic], &AdminOptions::new()).await.unwrap().remove(0);
    made.map(|_| ()).map_err(|(_, code)| code)
}

fn refusal(result: Result<(), KafkaError>) -> RDKafkaErrorCode {
    result.expect_err("refused").rdkafka_error_code().expect("a code")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_program_does_its_work_as_its_own_user_and_no_more() {
    let mut installation = Installation::without_topics().await;
    installation.prefix.clear();
    let slot = ("PHASMA_REPLICATION_SLOT", "broker_users_slot".to_owned());
    // Repeating it changes nothing.
    make_users();
    make_users();

    let provisioned = job(&["provision"], &settings(&installation, User::Provision)).await;
    assert!(provisioned.status.success(), "{}", String::from_utf8_lossy(&provisioned.stderr));

    let mut relay = settings(&installation, User::Relay);
    relay.push(slot);
    let relay = Role::start("relay", &relay);
    let consumers = Role::start("consumers", &settings(&installation, User::Consumers));
    relay.ready().await;
    consumers.ready().await;
    let people = installation.people();
    let (ada, bob) = (people.sign_up("ada").await, people.sign_up("bob").await);
    people.follow(bob, ada).await;
    until("the whole path works", async || people.notifications(ada).await.len() == 1).await;
    let mut streams = pipelines::connect(&settings(&installation, User::Connect)).await;
    let changed = UserChanged {
        user_id: ada.id,
        username: "ada".into(),
        name: "Ada".into(),
        bio: String::new(),
        avatar: None,
        created: OffsetDateTime::now_utc(),
    };
    installation.append(&[Event::UserChanged(changed)]).await;
    until("she is found", async || pipelines::document(&installation, "users", ada.id).await.is_some()).await;
    streams.kill().await.unwrap();

    may_do_what_they_must().await;
    may_do_nothing_else().await;
    relay.stop().await;
    consumers.stop().await;
    installation.remove().await;
}

async fn may_do_what_they_must() {
    write(User::Connect, &dead_letters(ENTITY_CHANGES), true).await.expect("Connect sets aside");
    for topic in EVENTS {
        write(User::Consumers, &dead_letters(topic), true).await.expect("consumers set aside");
    }
}

async fn may_do_nothing_else() {
    let no_topic = RDKafkaErrorCode::TopicAuthorizationFailed;
    let no_group = RDKafkaErrorCode::GroupAuthorizationFailed;
    for (user, topic) in [
        (User::Consumers, ACTIVITY.to_owned()),
        (User::Connect, ENTITY_CHANGES.to_owned()),
        (User::Connect, dead_letters(ACTIVITY)),
        (User::Relay, dead_letters(ACTIVITY)),
        (User::Provision, ACTIVITY.to_owned()),
    ] {
        assert_eq!(refusal(write(user, &topic, false).await), no_topic, "{user:?} writes {topic}");
    }
    for (user, group, topic, expected) in [
        (User::Connect, GROUP_SEARCH_SYNC, ACTIVITY, no_topic),
        (User::Connect, GROUP_FEED, ENTITY_CHANGES, no_group),
        (User::Consumers, GROUP_SEARCH_SYNC, ENTITY_CHANGES, no_group),
        (User::Relay, GROUP_FEED, ENTITY_CHANGES, no_group),
    ] {
        assert_eq!(refusal(read(user, group, topic).await), expected, "{user:?} reads {topic} in {group}");
    }
    for user in User::ALL {
        let made = make_topic(user, "a-topic-of-its-own").await;
        assert_eq!(made, Err(RDKafkaErrorCode::TopicAuthorizationFailed), "{user:?}");
    }
}
