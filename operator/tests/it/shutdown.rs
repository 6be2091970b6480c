//! Asked to stop, the controller finishes the pass under way and begins no other.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::ready;
use k8s_openapi::api::core::v1::Secret;
use phasma_operator::controller::{Context, watch};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::clients::held_back;
use crate::support::{World, catalogue, config, eventually};

#[tokio::test]
async fn the_pass_under_way_is_finished_and_no_other_begins() {
    let world = World::new().await;
    let permits = Arc::new(Semaphore::new(1));
    let client = held_back(config().await, permits.clone());
    let (context, stop) = (Arc::new(Context::new(client.clone(), catalogue())), CancellationToken::new());
    let controller = watch::run(&client, Some(&world.namespace), context, stop.clone());
    let mut running = tokio::spawn(controller.for_each(|()| ready(())));
    world.create(&json!({})).await.expect("created");
    // The first write, the status, was let through: the pass is in the middle.
    eventually("the pass begins", async || !world.condition("Ready").await.0.is_empty()).await;
    stop.cancel();
    let mut other = crate::support::phasma(&json!({}));
    other.metadata.name = Some("later".to_owned());
    world.api().create(&kube::api::PostParams::default(), &other).await.expect("created");
    let early = tokio::time::timeout(Duration::from_millis(500), &mut running).await;
    assert!(early.is_err(), "it didn't wait for the pass");
    assert!(!world.exists::<Secret>("p-credentials").await);

    permits.add_permits(Semaphore::MAX_PERMITS / 2);
    running.await.expect("a good end");
    assert!(world.exists::<Secret>("p-credentials").await);
    let (_, message) = world.condition("Ready").await;
    assert!(!message.contains("not looked yet"), "the pass wrote no status");
    let later: phasma_crds::Phasma = world.get("later").await;
    assert!(later.status.is_none(), "a pass began after the end");
}

#[tokio::test]
async fn one_that_has_not_looked_yet_ends_at_once() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    let stop = CancellationToken::new();
    stop.cancel();
    let controller = watch::run(&world.client, Some(&world.namespace), world.context.clone(), stop);
    let ended = tokio::time::timeout(Duration::from_secs(20), controller.for_each(|()| ready(()))).await;
    ended.expect("it waits for what nobody watches");
    assert!(world.phasma().await.status.is_none());
}
