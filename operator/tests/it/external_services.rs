//! Services of one's own: checked before anything depends on them, each with a condition of its own.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Secret};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use phasma_crds::{Phasma, labels};
use serde_json::{Value, json};

use crate::kubelet;
use crate::support::World;

const EXAMPLE: &str = include_str!("../../../charts/phasma-operator/examples/external.yaml");
const AUTHORITY: &str = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";

/// The example's spec.
fn spec() -> Value {
    let example: Phasma = serde_yaml_ng::from_str(EXAMPLE).expect("the example");
    serde_json::to_value(example.spec).expect("JSON")
}

/// Every Secret the example names, complete.
fn secrets() -> [(&'static str, Value); 5] {
    [
        ("photos-database", json!({"url": "postgres://owner:pw@db.example/photos"})),
        ("photos-cache", json!({"url": "rediss://:pw@cache.example:7000", "ca.crt": AUTHORITY})),
        ("photos-bucket", json!({"accessKeyId": "id", "secretAccessKey": "key"})),
        ("photos-search", json!({"masterKey": "master"})),
        ("photos-broker", json!({"username": "me", "password": "pw", "ca.crt": AUTHORITY})),
    ]
}

async fn write_secret(world: &World, name: &str, content: &Value) {
    let secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": content});
    let api = world.api::<Secret>();
    // Keys that an earlier version had go away, too.
    let _ = api.delete(name, &DeleteParams::default()).await;
    api.patch(name, &PatchParams::apply("test").force(), &Patch::Apply(secret)).await.expect("a secret");
}

pub(crate) async fn write_all_secrets(world: &World) {
    for (name, content) in secrets() {
        write_secret(world, name, &content).await;
    }
}

/// The component of each check that is there.
async fn checks(world: &World) -> Vec<String> {
    let jobs = world.api::<Job>().list(&ListParams::default()).await.expect("a list");
    let of = |job: &Job| job.labels().get(labels::COMPONENT).cloned().unwrap_or_default();
    let mut found: Vec<_> = jobs.iter().map(of).filter(|component| component.starts_with("check-")).collect();
    found.sort();
    found
}

#[tokio::test]
async fn a_platform_on_external_services_runs_no_store_and_is_quiet() {
    let world = World::new().await;
    write_all_secrets(&world).await;
    world.create(&spec()).await.expect("created");
    world.pass().await.0.expect("a good pass");
    let all = ["check-broker", "check-cache", "check-database", "check-object-storage", "check-search"];
    assert_eq!(checks(&world).await, all);
    assert!(!world.exists::<Deployment>("p-api").await);
    world.settle().await;
    let everything = ListParams::default();
    assert!(world.api::<StatefulSet>().list(&everything).await.expect("a list").items.is_empty());
    assert!(world.api::<PersistentVolumeClaim>().list(&everything).await.expect("a list").items.is_empty());
    for type_ in ["DatabaseReady", "CacheReady", "ObjectStorageReady", "SearchReady", "BrokerReady"] {
        assert_eq!(world.condition(type_).await.0, "True", "{type_}");
    }
    for _ in 0..3 {
        let (result, writes) = world.pass().await;
        result.expect("a good pass");
        assert_eq!(writes, 0, "a converged pass writes nothing");
    }
}

#[tokio::test]
async fn what_is_wrong_with_each_secret_is_said_and_awaited() {
    let world = World::new().await;
    write_all_secrets(&world).await;
    world.create(&spec()).await.expect("created");
    for (condition, name, broken, said) in [
        (
            "CacheReady",
            "photos-cache",
            json!({"url": "http://:hidden@h"}),
            "Secret photos-cache, key url: expected redis://",
        ),
        ("ObjectStorageReady", "photos-bucket", json!({"accessKeyId": "hidden"}), "no key secretAccessKey"),
        (
            "SearchReady",
            "photos-search",
            json!({"key": "hidden"}),
            "Secret photos-search has no key masterKey",
        ),
        (
            "BrokerReady",
            "photos-broker",
            json!({"username": "hidden", "password": "hidden", "ca.crt": "hidden"}),
            "PEM",
        ),
    ] {
        write_secret(&world, name, &broken).await;
        world.pass().await.0.expect("a good pass");
        let (ready, message) = world.condition(condition).await;
        assert_eq!(ready, "False", "{condition}");
        assert!(message.contains(said) && !message.contains("hidden"), "{condition}: {message}");
        assert_eq!(world.condition("Ready").await.1, message);
        assert_eq!(world.condition("Stalled").await.0, "False");

        world.api::<Secret>().delete(name, &DeleteParams::default()).await.expect("deleted");
        world.pass().await.0.expect("a good pass");
        let message = world.condition(condition).await.1;
        assert!(message.contains(name) && message.contains("does not exist"), "{condition}: {message}");

        let (_, good) = secrets().into_iter().find(|(of, _)| *of == name).expect("a good one");
        write_secret(&world, name, &good).await;
        world.pass().await.0.expect("a good pass");
        assert!(world.condition(condition).await.1.ends_with("is running"), "{condition}");
    }
    world.settle().await;
}

#[tokio::test]
async fn a_secret_that_vanishes_later_tears_nothing_down() {
    let world = World::new().await;
    write_all_secrets(&world).await;
    world.create(&spec()).await.expect("created");
    world.settle().await;
    world.api::<Secret>().delete("photos-cache", &DeleteParams::default()).await.expect("deleted");
    world.pass().await.0.expect("a good pass");
    assert_eq!(world.condition("CacheReady").await.0, "False");
    assert_eq!(world.condition("DatabaseReady").await.0, "True");
    assert!(world.exists::<Deployment>("p-api").await && world.exists::<Secret>("p-api").await);
    let (result, writes) = world.pass().await;
    result.expect("a good pass");
    assert_eq!(writes, 0);
    // What runs keeps its connections, and who doesn't need the cache is still looked after.
    let policy: NetworkPolicy = world.get("p-api").await;
    assert!(serde_json::to_string(&policy).expect("JSON").contains("7000"));
    let stopped = Patch::Merge(json!({"spec": {"replicas": 0}}));
    world.api::<Deployment>().patch("p-relay", &PatchParams::default(), &stopped).await.expect("stopped");
    world.pass().await.0.expect("a good pass");
    assert_eq!(world.deployment("relay").await.spec.and_then(|spec| spec.replicas), Some(1));
}

#[tokio::test]
async fn an_unreachable_service_is_said_under_its_own_condition() {
    let world = World::new().await;
    write_all_secrets(&world).await;
    world.create(&spec()).await.expect("created");
    world.pass().await.0.expect("a good pass");
    let of_broker = ListParams::default().labels("app.kubernetes.io/component=check-broker");
    let jobs = world.api::<Job>().list(&of_broker).await.expect("a list");
    let job = jobs.items[0].name_any();
    let said = "kafka-0.example.org:9094,kafka-1.example.org:9094: connection refused";
    kubelet::make_job_pod(
        &world,
        "check-broker",
        &job,
        &json!({"phase": "Running", "containerStatuses": [{"name": "check-broker", "image": "image", "imageID": "",
            "ready": false, "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "message": said}}}]}),
    )
    .await;
    world.pass().await.0.expect("a good pass");
    let (ready, message) = world.condition("BrokerReady").await;
    assert_eq!(ready, "False");
    assert!(message.ends_with(said), "{message}");
    assert!(!world.condition("CacheReady").await.1.contains("kafka"));
    assert_eq!(world.condition("Ready").await.1, message);
}

#[tokio::test]
async fn a_platform_keeps_the_services_that_hold_data() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    let spec = spec();
    for (section, expected) in [
        ("objectStorage", "pictures would stay behind"),
        ("broker", "events on their way would be lost"),
        ("database", "a platform cannot move"),
    ] {
        let change = json!({section: {"managed": null, "external": spec[section]["external"]}});
        let refusal = world.change(&change).await.expect_err("refused").to_string();
        assert!(refusal.contains(&format!("spec.{section}")) && refusal.contains(expected), "{refusal}");
    }
}

#[tokio::test]
async fn a_cache_may_move() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    write_all_secrets(&world).await;
    world.change(&json!({"cache": spec()["cache"]})).await.expect("changed");
    world.pass().await.0.expect("a good pass");
    // The one in use stays until the other has been checked and taken.
    assert!(world.exists::<StatefulSet>("p-dragonfly").await);
    assert_eq!(checks(&world).await, ["check-cache"]);
    world.settle().await;
    assert!(!world.exists::<StatefulSet>("p-dragonfly").await);
    world.change(&json!({"cache": {"external": null}})).await.expect("changed");
    world.settle().await;
    assert!(world.exists::<StatefulSet>("p-dragonfly").await && checks(&world).await.is_empty());
}
