//! A process that dies between any two writes leaves nothing that its successor does not bring to the same end.
//!
//! *Always*: each process dies after one write, so the whole way is made of first writes, and each state there is between
//! two writes is one that a fresh process starts from. *Once*: a process dies after its n-th write, and one successor does
//! all the rest; since that takes a rollout for each n, every few writes only.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt};
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::DeleteParams;
use phasma_crds::Phasma;
use serde_json::{Value, json};

use crate::faults::Faults;
use crate::inventory::{assert_same, credentials, finalizers, inventory};
use crate::kubelet;
use crate::support::{NAME, World};
use crate::variants::{self, Variant};

/// Between two points at which a process dies once.
const STRIDE: usize = 10;
/// Namespaces in use at the same time.
const SIDE_BY_SIDE: usize = 8;
/// More passes than any way to the end takes.
const PASSES: usize = 400;

/// Passes of processes that each die after `writes` writes, until one finds nothing to do. Returns how many died.
async fn die_again_and_again(world: &World, writes: usize) -> usize {
    die_until(world, writes, "Ready").await
}

/// The same, until this condition is True.
async fn die_until(world: &World, writes: usize, end: &str) -> usize {
    let mut died = 0;
    let mut seen = credentials(world).await;
    for _ in 0..PASSES {
        let process = world.restarted(&Faults::death_after(writes)).await;
        let (result, written) = process.pass().await;
        let now = credentials(world).await;
        assert_kept(&seen, &now);
        seen = now;
        if written >= writes {
            died += 1;
            continue;
        }
        result.expect("a good pass of a process that lives");
        if written == 0 && world.condition(end).await.0 == "True" {
            return died;
        }
        kubelet::make_ready(world).await;
    }
    panic!("no end in sight: {:?}", world.condition(end).await);
}

/// What a pod may have read already stays.
fn assert_kept(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) {
    assert!(before.iter().all(|(key, value)| after.get(key) == Some(value)), "a credential changed");
}

async fn dies_always(variant: &Variant) {
    let world = World::new().await;
    variant.create(&world).await;
    let died = die_again_and_again(&world, 1).await;
    let expected = variant.settled().await;
    assert!(died > 50, "only {died} writes");
    assert_same(&inventory(&world).await, &inventory(&expected).await, variant.name);
    world.settle().await;
}

#[tokio::test]
async fn a_rollout_of_processes_that_die_at_each_write_ends_as_an_undisturbed_one() {
    dies_always(&variants::default()).await;
}

#[tokio::test]
async fn with_everything_on_too() {
    dies_always(&variants::everything()).await;
}

/// Dies once, after `writes` writes; `None` if there were fewer.
async fn dies_once(writes: usize) -> Option<Vec<String>> {
    let world = World::new().await;
    variants::default().create(&world).await;
    let doomed = world.restarted(&Faults::death_after(writes)).await;
    let mut written = 0;
    while written < writes {
        let (result, more) = doomed.pass().await;
        written += more;
        let quiet = more == 0 && world.condition("Ready").await.0 == "True";
        if quiet {
            return None;
        }
        if result.is_ok() {
            kubelet::make_ready(&world).await;
        }
    }
    let seen = credentials(&world).await;
    world.settle().await;
    assert_kept(&seen, &credentials(&world).await);
    Some(inventory(&world).await)
}

#[tokio::test]
async fn dying_once_anywhere_in_a_rollout_changes_nothing() {
    let expected = inventory(&variants::default().settled().await).await;
    let mut ends = stream::iter((0..PASSES).step_by(STRIDE))
        .map(|n| async move { (n, dies_once(n).await) })
        .buffered(SIDE_BY_SIDE);
    let mut last = 0;
    while let Some((n, Some(found))) = ends.next().await {
        assert_same(&found, &expected, &format!("after write {n}"));
        last = n;
    }
    assert!(last > 50, "only {last} writes");
}

#[tokio::test]
async fn a_change_survives_death_at_each_write() {
    let change = json!({"api": {"replicas": 3}, "search": {"disabled": true}});
    let undisturbed = variants::default().settled().await;
    undisturbed.change(&change).await.expect("changed");
    undisturbed.settle().await;
    let world = variants::default().settled().await;
    let before = credentials(&world).await;
    world.change(&change).await.expect("changed");
    let died = die_again_and_again(&world, 1).await;
    assert!(died > 10, "only {died} writes");
    assert_eq!(credentials(&world).await, before);
    assert_same(&inventory(&world).await, &inventory(&undisturbed).await, "the change");
}

/// What fails is given up, whichever write the process dies after.
#[tokio::test]
async fn a_rollback_survives_death_at_each_write() {
    let change = json!({"api": {"config": {"log": "debug"}}, "frontend": {"image": "reg/none:1"}});
    let undisturbed = rolling_back(&change).await;
    assert_eq!(die_until(&undisturbed, usize::MAX, "Stalled").await, 0);
    let world = rolling_back(&change).await;
    let died = die_until(&world, 1, "Stalled").await;
    assert!(died >= 4, "only {died} writes");
    assert_same(&inventory(&world).await, &inventory(&undisturbed).await, "the rollback");
    assert_eq!(world.condition("RolledBack").await.0, "True");
}

/// A platform whose change has come as far as an image that can't be pulled.
async fn rolling_back(change: &Value) -> World {
    let world = variants::default().settled().await;
    world.change(change).await.expect("changed");
    while world.pass().await.1 > 0 {
        kubelet::make_ready_but(&world, "frontend").await;
    }
    let pull = json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}});
    let status = json!({"containerStatuses": [{"name": "frontend", "image": "reg/none:1", "imageID": "",
                                               "ready": false, "restartCount": 0, "state": pull}]});
    kubelet::make_pod_of::<Deployment>(&world, "p-frontend", &status).await;
    world
}

#[tokio::test]
async fn a_successor_takes_over_what_was_kept_and_survives_death_at_each_write() {
    let world = variants::default().settled().await;
    let (before, expected) = (credentials(&world).await, inventory(&world).await);
    world.delete().await;
    world.create(&json!({})).await.expect("created again");
    let died = die_again_and_again(&world, 1).await;
    assert!(died > 50, "only {died} writes");
    assert_eq!(credentials(&world).await, before);
    assert_same(&inventory(&world).await, &expected, "the successor");
}

#[tokio::test]
async fn a_resource_that_goes_half_way_leaves_nothing_behind_but_what_is_kept() {
    let kept = ["p-credentials", "p-pki", "-data", "data-p-redpanda-0"];
    let mut ways = stream::iter([1, 3, 10, 25, 45])
        .map(|writes| async move {
            let world = World::new().await;
            world.create(&json!({})).await.expect("created");
            let doomed = world.restarted(&Faults::death_after(writes)).await;
            doomed.pass().await.0.expect_err("it died");
            assert!(world.phasma().await.metadata.finalizers.is_none());
            world.api::<Phasma>().delete(NAME, &DeleteParams::default()).await.expect("deleted");
            assert!(world.api::<Phasma>().get_opt(NAME).await.expect("an answer").is_none(), "gone at once");
            kubelet::collect_garbage(&world).await;
            let foreign = finalizers(&world).await.into_iter().find(|name| !name.contains("kubernetes.io/"));
            assert_eq!(foreign, None);
            inventory(&world).await
        })
        .buffered(SIDE_BY_SIDE);
    while let Some(left) = ways.next().await {
        let name = |line: &String| line.split(' ').nth(1).unwrap_or_default().to_owned();
        let surplus = left.iter().map(name).find(|name| !kept.iter().any(|kept| name.ends_with(kept)));
        assert_eq!(surplus, None);
    }
}
