//! The controller as it runs: watches wake it, and it stops in good order.

use futures::StreamExt;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{DeleteParams, Patch, PatchParams};
use phasma_operator::controller::watch;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::kubelet;
use crate::support::{World, eventually};

#[tokio::test]
async fn changes_wake_the_controller() {
    let world = World::new().await;
    let stop = CancellationToken::new();
    let controller = watch::run(&world.client, Some(&world.namespace), world.context.clone(), stop.clone());
    let running = tokio::spawn(controller.for_each(|()| futures::future::ready(())));
    world.create(&json!({})).await.expect("created");
    eventually("Ready", async || {
        kubelet::make_ready(&world).await;
        world.condition("Ready").await.0 == "True"
    })
    .await;
    world.api::<Deployment>().delete("p-api", &DeleteParams::background()).await.expect("deleted");
    eventually("the Deployment is back", async || world.exists::<Deployment>("p-api").await).await;
    world.api::<StatefulSet>().delete("p-postgres", &DeleteParams::background()).await.expect("deleted");
    eventually("the StatefulSet is back", async || world.exists::<StatefulSet>("p-postgres").await).await;
    stop.cancel();
    running.await.expect("a good end");
}

#[tokio::test]
async fn a_named_secret_wakes_the_controller() {
    let world = World::new().await;
    let stop = CancellationToken::new();
    let controller = watch::run(&world.client, Some(&world.namespace), world.context.clone(), stop.clone());
    let running = tokio::spawn(controller.for_each(|()| futures::future::ready(())));
    world.create(&json!({"database": {"external": {"secretRef": {"name": "db"}}}})).await.expect("created");
    eventually("it misses the Secret", async || {
        world.condition("DatabaseReady").await.1.contains("does not exist")
    })
    .await;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
                        "stringData": {"url": "not a url"}});
    world
        .api::<Secret>()
        .patch("db", &PatchParams::apply("test"), &Patch::Apply(secret))
        .await
        .expect("a secret");
    eventually("it reads the Secret", async || world.condition("DatabaseReady").await.1.contains("key url"))
        .await;
    stop.cancel();
    running.await.expect("a good end");
}
