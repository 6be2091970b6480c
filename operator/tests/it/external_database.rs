//! A database of one's own: checked before anything depends on it, and told about in words.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::kubelet;
use crate::support::World;

fn spec() -> Value {
    json!({"database": {"external": {"secretRef": {"name": "my-database"}}}})
}

async fn write_secret(world: &World, url: &str) {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "my-database"},
                        "stringData": {"url": url}});
    let params = PatchParams::apply("test").force();
    world.api::<Secret>().patch("my-database", &params, &Patch::Apply(secret)).await.expect("a secret");
}

async fn checks(world: &World) -> Vec<String> {
    let jobs = world.api::<Job>().list(&ListParams::default()).await.expect("a list");
    jobs.iter().map(ResourceExt::name_any).filter(|name| name.contains("-check-")).collect()
}

#[tokio::test]
async fn a_missing_secret_is_said_and_awaited() {
    let world = World::new().await;
    world.create(&spec()).await.expect("created");
    world.pass().await.0.expect("a good pass");
    let (ready, message) = world.condition("DatabaseReady").await;
    assert_eq!(ready, "False");
    assert!(message.contains("my-database") && message.contains("does not exist"), "{message}");
    assert_eq!(world.condition("Ready").await.1, message);
    assert!(world.exists::<StatefulSet>("p-redpanda").await);
    write_secret(&world, "postgres://owner:pw@db.example/phasma").await;
    world.settle().await;
    assert!(!world.exists::<StatefulSet>("p-postgres").await);
}

#[tokio::test]
async fn an_unreachable_database_is_said_and_awaited() {
    let world = World::new().await;
    write_secret(&world, "postgres://owner:pw@db.example/phasma").await;
    world.create(&spec()).await.expect("created");
    world.pass().await.0.expect("a good pass");
    let jobs = checks(&world).await;
    assert_eq!(jobs.len(), 1);
    let said = "db.example:5432: connection refused";
    kubelet::make_job_pod(
        &world,
        "check-database",
        &jobs[0],
        &json!({"phase": "Running", "containerStatuses": [{"name": "check-database", "image": "image", "imageID": "", "ready": false,
            "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "message": said}}}]}),
    )
    .await;
    world.pass().await.0.expect("a good pass");
    let (ready, message) = world.condition("DatabaseReady").await;
    assert_eq!(ready, "False");
    assert!(message.ends_with(said), "{message}");
    assert_eq!(world.condition("Ready").await.1, message);
    assert_eq!(world.condition("Stalled").await.0, "False");
    assert!(!world.exists::<Deployment>("p-api").await);
}

#[tokio::test]
async fn another_url_is_checked_anew() {
    let world = World::new().await;
    write_secret(&world, "postgres://owner:pw@db.example/phasma").await;
    world.create(&spec()).await.expect("created");
    world.settle().await;
    let before = checks(&world).await;
    write_secret(&world, "postgres://owner:pw@other.example/phasma").await;
    world.pass().await.0.expect("a good pass");
    let after = checks(&world).await;
    assert!(after.len() == 1 && after != before, "the superseded check is gone: {after:?}");
    assert_eq!(world.condition("DatabaseReady").await.0, "False");
    world.settle().await;
}
