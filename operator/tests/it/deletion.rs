//! Deletion: ownership does the work, data stay unless asked otherwise, and a successor takes exactly those over.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Secret};
use kube::ResourceExt;
use kube::api::{ListParams, PostParams};
use serde_json::json;

use crate::support::World;

async fn credentials(world: &World) -> BTreeMap<String, ByteString> {
    let secret: Secret = world.get("p-credentials").await;
    secret.data.unwrap_or_default()
}

async fn names<K>(world: &World) -> Vec<String>
where
    K: kube::Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>
        + Clone
        + serde::de::DeserializeOwned
        + std::fmt::Debug,
{
    world
        .api::<K>()
        .list(&ListParams::default())
        .await
        .expect("a list")
        .iter()
        .map(ResourceExt::name_any)
        .collect()
}

#[tokio::test]
async fn under_retain_volumes_and_credentials_wait_for_a_successor() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    let before = credentials(&world).await;
    let volume: PersistentVolumeClaim = world.get("p-postgres-data").await;
    world.delete().await;
    assert_eq!(names::<Deployment>(&world).await.len() + names::<StatefulSet>(&world).await.len(), 0);
    assert_eq!(names::<Secret>(&world).await, ["p-credentials", "p-pki"]);
    assert_eq!(
        names::<PersistentVolumeClaim>(&world).await,
        ["data-p-redpanda-0", "p-meilisearch-data", "p-postgres-data", "p-seaweedfs-data"]
    );
    world.create(&json!({})).await.expect("created again");
    world.settle().await;
    assert_eq!(credentials(&world).await, before);
    let adopted: PersistentVolumeClaim = world.get("p-postgres-data").await;
    assert_eq!(adopted.uid(), volume.uid());
    let made_for = adopted.annotations().get("phasma.dev/made-for").cloned();
    assert_eq!(made_for, world.phasma().await.uid());
}

#[tokio::test]
async fn under_delete_everything_goes() {
    let world = World::new().await;
    world.create(&json!({"deletionPolicy": "Delete"})).await.expect("created");
    world.settle().await;
    world.delete().await;
    assert!(names::<Secret>(&world).await.is_empty());
    // A claim that a pod may use is held until the controller for that lets it go.
    let claims = world.api::<PersistentVolumeClaim>().list(&ListParams::default()).await.expect("a list");
    assert!(claims.iter().all(|claim| claim.metadata.deletion_timestamp.is_some()));
}

#[tokio::test]
async fn the_policy_can_be_changed_until_the_end() {
    let world = World::new().await;
    world.create(&json!({"deletionPolicy": "Delete"})).await.expect("created");
    world.settle().await;
    world.change(&json!({"deletionPolicy": "Retain"})).await.expect("changed");
    world.settle().await;
    let volume: PersistentVolumeClaim = world.get("p-postgres-data").await;
    assert!(volume.owner_references().is_empty());
}

#[tokio::test]
async fn no_finalizer_can_hold_a_namespace() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    assert!(world.phasma().await.finalizers().is_empty());
}

#[tokio::test]
async fn a_foreign_credentials_secret_is_never_taken_over() {
    let world = World::new().await;
    let theirs: Secret =
        serde_json::from_value(json!({"metadata": {"name": "p-credentials"}})).expect("a secret");
    world.api::<Secret>().create(&PostParams::default(), &theirs).await.expect("created");
    world.create(&json!({})).await.expect("created");
    world.pass().await.0.expect_err("a conflict");
    let (stalled, message) = world.condition("Stalled").await;
    assert_eq!(stalled, "True");
    assert!(message.contains("p-credentials"), "{message}");
    assert!(names::<StatefulSet>(&world).await.is_empty());
}
