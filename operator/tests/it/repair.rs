//! Drift of every kind: whatever is changed or deleted by hand comes back, and what others add stays.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Secret};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use phasma_operator::controller::build::object::{Kind, Object};
use serde_json::{Value, json};

use crate::inventory::{api, assert_same, credentials, inventory, one};
use crate::mutation::{Mutation, mutations, put};
use crate::support::World;
use crate::variants;

/// Changes of each object, one after the other.
const ROUNDS: usize = 3;

/// What says whose the object is. Without it the object is somebody else's, and left alone.
fn is_identity(mutation: &Mutation) -> bool {
    let owner = mutation.at.starts_with("/metadata/ownerReferences/");
    let whole = mutation.at == "/metadata/ownerReferences/0";
    let of_owner = owner && (mutation.at.ends_with("/uid") || mutation.at.ends_with("/controller"));
    whole || of_owner || mutation.at.ends_with("/phasma.dev~1made-for")
}

/// By these the items of a list are told apart: one that is renamed is theirs, and stays beside ours, which comes back.
fn renames_item(mutation: &Mutation) -> bool {
    let mut parts = mutation.at.rsplit('/');
    let (last, parent) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let keys = ["name", "containerPort", "protocol", "port", "mountPath", "topologyKey", "whenUnsatisfiable"];
    mutation.value.is_some() && parent.parse::<usize>().is_ok() && keys.contains(&last)
}

/// Makes the `round`-th of those changes of the object that the API server lets pass and keeps.
async fn tamper(world: &World, object: &Object, round: usize) -> Option<String> {
    let before = one(world, object).await;
    let mut all = mutations(&before, &object.value);
    all.retain(|mutation| !is_identity(mutation) && !renames_item(mutation));
    // Each round starts elsewhere, so that rounds make different changes.
    let start = round * all.len() / ROUNDS;
    all.rotate_left(start);
    for mutation in all {
        if let Some(after) = put(world, object, &mutation.apply(&before), false).await
            && after.pointer(&mutation.at) != before.pointer(&mutation.at)
        {
            return Some(mutation.at);
        }
    }
    None
}

#[tokio::test]
async fn a_changed_object_of_any_kind_is_put_right() {
    let mut changed = BTreeMap::new();
    for variant in [variants::everything(), variants::ingress()] {
        change_everything(&variant.settled().await, &mut changed).await;
    }
    for kind in Kind::ALL {
        let places = changed.get(&kind).map_or(0, BTreeSet::len);
        assert!(places > 0, "nothing of a {kind:?} was changed");
    }
}

async fn change_everything(world: &World, changed: &mut BTreeMap<Kind, BTreeSet<String>>) {
    let expected = inventory(world).await;
    for round in 0..ROUNDS {
        for object in variants::desired(world).await {
            // What the credentials are is for whoever writes that Secret to say; they are not put back.
            if object.name == "p-credentials" || object.name == "p-pki" {
                continue;
            }
            if let Some(at) = tamper(world, &object, round).await {
                changed.entry(object.kind).or_default().insert(at);
            }
        }
        world.settle().await;
        assert_same(&inventory(world).await, &expected, &format!("{changed:?}"));
    }
}

#[tokio::test]
async fn labels_and_annotations_of_the_secrets_behind_all_others_come_back() {
    let world = variants::default().settled().await;
    let kept = credentials(&world).await;
    let unlabelled = json!({"metadata": {"labels": null, "annotations": {"phasma.dev/desired-hash": null}}});
    for name in ["p-credentials", "p-pki"] {
        let secrets = world.api::<Secret>();
        secrets.patch(name, &PatchParams::default(), &Patch::Merge(&unlabelled)).await.expect("tampered");
    }
    let claims = world.api::<PersistentVolumeClaim>();
    claims
        .patch("p-postgres-data", &PatchParams::default(), &Patch::Merge(&unlabelled))
        .await
        .expect("tampered");
    world.settle().await;
    assert_eq!(credentials(&world).await, kept);
    let labels = world.get::<Secret>("p-credentials").await.metadata.labels.unwrap_or_default();
    assert_eq!(labels.get("app.kubernetes.io/instance").map(String::as_str), Some("p"));
}

#[tokio::test]
async fn a_deleted_object_of_any_kind_comes_back() {
    let mut deleted = BTreeSet::new();
    for variant in [variants::everything(), variants::ingress()] {
        let world = variant.settled().await;
        let expected = inventory(&world).await;
        for object in variants::desired(&world).await {
            if object.retained && object.name != "p-pki" {
                continue;
            }
            let background = DeleteParams::background();
            api(&world, object.kind).delete(&object.name, &background).await.expect("deleted");
            deleted.insert(object.kind);
        }
        world.settle().await;
        assert_same(&inventory(&world).await, &expected, "after deletion of everything");
    }
    assert_eq!(deleted.len(), Kind::ALL.len() - 1, "all but volume claims");
}

#[tokio::test]
async fn a_claim_that_is_being_deleted_is_said_and_made_anew_when_it_is_gone() {
    let world = variants::default().settled().await;
    let claims = world.api::<PersistentVolumeClaim>();
    let before = claims.get("p-seaweedfs-data").await.expect("the claim").metadata.uid;
    claims.delete("p-seaweedfs-data", &DeleteParams::default()).await.expect("deleted");
    world.pass().await.0.expect_err("it waits");
    let (ready, message) = world.condition("Ready").await;
    assert!(
        ready == "False" && message.contains("PersistentVolumeClaim p-seaweedfs-data is being deleted"),
        "{message}"
    );
    assert_eq!(world.condition("Stalled").await.0, "False");
    // The controller that protects claims in use lets it go.
    let release = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    claims.patch("p-seaweedfs-data", &PatchParams::default(), &release).await.expect("released");
    world.settle().await;
    assert_ne!(claims.get("p-seaweedfs-data").await.expect("the claim").metadata.uid, before);
}

#[tokio::test]
async fn a_successor_waits_for_claims_that_still_go() {
    let world = World::new().await;
    world.create(&json!({"deletionPolicy": "Delete"})).await.expect("created");
    world.settle().await;
    world.delete().await;
    world.create(&json!({})).await.expect("created again");
    world.pass().await.0.expect_err("it waits");
    assert!(world.condition("Ready").await.1.contains("is being deleted"));
    assert_eq!(world.condition("Stalled").await.0, "False");
    let claims = world.api::<PersistentVolumeClaim>();
    let release = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    for claim in claims.list(&ListParams::default()).await.expect("a list") {
        let name = claim.metadata.name.unwrap_or_default();
        claims.patch(&name, &PatchParams::default(), &release).await.expect("released");
    }
    world.settle().await;
}

#[tokio::test]
async fn a_claim_of_somebody_else_is_never_taken_over() {
    let world = World::new().await;
    let theirs = json!({"metadata": {"name": "p-postgres-data"},
                        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let theirs: PersistentVolumeClaim = serde_json::from_value(theirs).expect("a claim");
    let claims = world.api::<PersistentVolumeClaim>();
    let before = claims.create(&PostParams::default(), &theirs).await.expect("created");
    world.create(&json!({})).await.expect("created");
    world.pass().await.0.expect_err("a conflict");
    let (stalled, message) = world.condition("Stalled").await;
    assert!(stalled == "True" && message.contains("PersistentVolumeClaim p-postgres-data"), "{message}");
    assert_eq!(claims.get("p-postgres-data").await.expect("the claim"), before);
    assert!(!world.exists::<StatefulSet>("p-postgres").await);
}

#[tokio::test]
async fn lost_credentials_are_not_made_up_anew_while_volumes_know_the_old_ones() {
    let world = variants::default().settled().await;
    let secrets = world.api::<Secret>();
    let lost = secrets.get("p-credentials").await.expect("the Secret");
    let relay = secrets.get("p-relay").await.expect("the Secret").data;
    secrets.delete("p-credentials", &DeleteParams::default()).await.expect("deleted");
    world.pass().await.0.expect_err("it waits for a person");
    let (stalled, message) = world.condition("Stalled").await;
    assert!(
        stalled == "True" && message.contains("p-credentials") && message.contains("p-postgres-data"),
        "{message}"
    );
    assert_eq!(secrets.get("p-relay").await.expect("the Secret").data, relay);
    // Restored from a backup, all goes on.
    let restored: Secret = serde_json::from_value(json!({
        "metadata": {"name": "p-credentials", "labels": lost.metadata.labels, "annotations": lost.metadata.annotations},
        "data": lost.data,
    }))
    .expect("a Secret");
    secrets.create(&PostParams::default(), &restored).await.expect("restored");
    world.settle().await;
    assert_eq!(secrets.get("p-relay").await.expect("the Secret").data, relay);
}

/// What another manager puts beside the operator's fields, for each kind.
fn addition(kind: Kind) -> Value {
    let pod = json!({"metadata": {"annotations": {"injected": "yes"}},
                     "spec": {"nodeSelector": {"disk": "fast"},
                              "containers": [{"name": "CONTAINER", "env": [{"name": "ADDED", "value": "x"}]}]}});
    match kind {
        Kind::Secret => json!({"data": {"ADDED": "aGE="}}),
        Kind::ConfigMap => json!({"data": {"added": "x"}}),
        Kind::Service => json!({"spec": {"sessionAffinity": "ClientIP"}}),
        Kind::Deployment | Kind::StatefulSet => json!({"spec": {"template": pod}}),
        _ => json!({}),
    }
}

fn addition_to(object: &Object) -> Value {
    let container = object.value.pointer("/spec/template/spec/containers/0/name");
    let container = container.and_then(Value::as_str).unwrap_or_default();
    let text = addition(object.kind).to_string().replace("CONTAINER", container);
    let mut patch: Value = serde_json::from_str(&text).expect("JSON");
    let resource = object.kind.api_resource();
    patch["apiVersion"] = json!(resource.api_version);
    patch["kind"] = json!(resource.kind);
    patch["metadata"] = json!({"labels": {"cost": "y"}, "annotations": {"team": "x"}});
    patch
}

#[tokio::test]
async fn additions_by_another_manager_stay_on_every_kind() {
    let mut kinds = BTreeSet::new();
    for variant in [variants::everything(), variants::ingress()] {
        kinds.extend(additions_stay(&variant.settled().await).await);
    }
    assert_eq!(kinds, Kind::ALL.into());
}

/// Kinds of which an object was added to.
async fn additions_stay(world: &World) -> BTreeSet<Kind> {
    let desired = variants::desired(world).await;
    let mut added = Vec::new();
    for kind in Kind::ALL {
        let object = desired.iter().find(|object| object.kind == kind && !object.retained);
        let object = object.or_else(|| desired.iter().find(|object| object.kind == kind));
        let Some(object) = object else { continue };
        let patch = addition_to(object);
        let params = PatchParams::apply("another");
        api(world, kind).patch(&object.name, &params, &Patch::Apply(&patch)).await.expect("added");
        added.push((object, patch));
    }
    // A pass that finds nothing to do, and one that writes everything.
    world.settle().await;
    let outdated = Patch::Merge(json!({"metadata": {"annotations": {"phasma.dev/desired-hash": "other"}}}));
    for (object, _) in &added {
        api(world, object.kind)
            .patch(&object.name, &PatchParams::default(), &outdated)
            .await
            .expect("outdated");
    }
    world.settle().await;
    for (object, patch) in &added {
        let live = one(world, object).await;
        assert!(phasma_operator::controller::covers::covers(&live, patch), "{patch:#} is gone from {live:#}");
    }
    added.iter().map(|(object, _)| object.kind).collect()
}
