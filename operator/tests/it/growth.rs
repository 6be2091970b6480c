//! Volumes that shall be larger: grown in use where the storage class allows it, a clear message where it doesn't.

use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::StorageClass;
use kube::api::{Api, DeleteParams, ObjectMeta, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::kubelet;
use crate::support::World;

fn storage(class: &str, size: &str) -> Value {
    json!({"search": {"managed": {"storage": {"storageClassName": class, "size": size}}}})
}

/// A storage class of this test's own.
async fn class(world: &World, expands: bool) -> String {
    let class = StorageClass {
        metadata: ObjectMeta { generate_name: Some("growth-".to_owned()), ..ObjectMeta::default() },
        provisioner: "example.org/none".to_owned(),
        allow_volume_expansion: Some(expands),
        ..StorageClass::default()
    };
    let made = Api::all(world.client.clone()).create(&PostParams::default(), &class).await.expect("a class");
    made.metadata.name.expect("a name")
}

/// Plays the volume controller.
async fn status(world: &World, claim: &str, status: &Value) {
    let patch = Patch::Merge(json!({"status": status}));
    let claims = world.api::<PersistentVolumeClaim>();
    claims.patch_status(claim, &PatchParams::default(), &patch).await.expect("a status");
}

async fn bind(world: &World, claim: &str, size: &str) {
    status(world, claim, &json!({"phase": "Bound", "capacity": {"storage": size}})).await;
}

async fn asked(world: &World, claim: &str) -> String {
    let claim: PersistentVolumeClaim = world.get(claim).await;
    let requests = claim.spec.and_then(|spec| spec.resources).and_then(|resources| resources.requests);
    requests.expect("requests")["storage"].0.clone()
}

async fn settled(spec: &Value) -> World {
    let world = World::new().await;
    world.create(spec).await.expect("created");
    world.settle().await;
    world
}

#[tokio::test]
async fn a_bound_volume_grows_in_use() {
    let world = World::new().await;
    let class = class(&world, true).await;
    world.create(&storage(&class, "10Gi")).await.expect("created");
    world.settle().await;
    bind(&world, "p-meilisearch-data", "10Gi").await;
    world.change(&storage(&class, "20Gi")).await.expect("changed");
    world.pass().await.0.expect("a good pass");
    assert_eq!(asked(&world, "p-meilisearch-data").await, "20Gi");
    let (ready, message) = world.condition("Ready").await;
    assert!(
        ready == "False" && message.contains("p-meilisearch-data is growing from 10Gi to 20Gi"),
        "{message}"
    );
    assert_eq!(world.condition("Stalled").await.0, "False");
    assert_eq!(world.condition("SearchReady").await.0, "True");
    bind(&world, "p-meilisearch-data", "20Gi").await;
    world.settle().await;
}

#[tokio::test]
async fn a_volume_that_cannot_grow_is_named_and_the_others_are_cared_for() {
    let world = World::new().await;
    let class = class(&world, false).await;
    world.create(&storage(&class, "10Gi")).await.expect("created");
    world.settle().await;
    bind(&world, "p-meilisearch-data", "10Gi").await;
    world.api::<ConfigMap>().delete("p-trust", &DeleteParams::default()).await.expect("deleted");
    world.change(&storage(&class, "20Gi")).await.expect("changed");
    world.change(&json!({"api": {"image": "other/api:2"}})).await.expect("changed");
    for _ in 0..2 {
        world.pass().await.0.expect("a good pass");
        kubelet::make_ready(&world).await;
    }
    world.pass().await.0.expect("a good pass");
    assert_eq!(asked(&world, "p-meilisearch-data").await, "10Gi");
    for type_ in ["Ready", "Stalled"] {
        let message = world.condition(type_).await.1;
        for part in ["p-meilisearch-data", &class, "allowVolumeExpansion"] {
            assert!(message.contains(part), "{type_}: {message}");
        }
    }
    assert_eq!(world.condition("Stalled").await.0, "True");
    assert_eq!(world.condition("SearchReady").await.0, "True");
    assert!(world.exists::<ConfigMap>("p-trust").await);
    let api = world.deployment("api").await;
    let image = api.spec.and_then(|spec| spec.template.spec).and_then(|pod| pod.containers[0].image.clone());
    assert_eq!(image.as_deref(), Some("other/api:2"), "a rollout goes on");
    // The claim stays the operator's in everything but its size.
    let stolen = Patch::Merge(json!({"metadata": {"labels": {"app.kubernetes.io/component": "other"}}}));
    let claims = world.api::<PersistentVolumeClaim>();
    claims.patch("p-meilisearch-data", &PatchParams::default(), &stolen).await.expect("tampered");
    world.pass().await.0.expect("a good pass");
    let claim: PersistentVolumeClaim = world.get("p-meilisearch-data").await;
    assert_eq!(claim.metadata.labels.expect("labels")["app.kubernetes.io/component"], "meilisearch");

    let allow = Patch::Merge(json!({"allowVolumeExpansion": true}));
    let classes = Api::<StorageClass>::all(world.client.clone());
    classes.patch(&class, &PatchParams::default(), &allow).await.expect("changed");
    world.pass().await.0.expect("a good pass");
    assert_eq!(asked(&world, "p-meilisearch-data").await, "20Gi");
    assert_eq!(world.condition("Stalled").await.0, "False");
}

#[tokio::test]
async fn a_volume_that_is_not_bound_yet_grows_later() {
    let world = World::new().await;
    let class = class(&world, true).await;
    world.create(&storage(&class, "10Gi")).await.expect("created");
    world.settle().await;
    world.change(&storage(&class, "20Gi")).await.expect("changed");
    for _ in 0..2 {
        world.pass().await.0.expect("a good pass");
    }
    assert_eq!(world.pass().await.1, 0, "nothing is asked for in vain");
    let message = world.condition("Ready").await.1;
    assert!(message.contains("p-meilisearch-data") && message.contains("once it is bound"), "{message}");
    bind(&world, "p-meilisearch-data", "10Gi").await;
    world.pass().await.0.expect("a good pass");
    assert_eq!(asked(&world, "p-meilisearch-data").await, "20Gi");
}

#[tokio::test]
async fn a_volume_larger_than_asked_for_is_left_alone() {
    let class = "by-hand";
    let world = settled(&storage(class, "10Gi")).await;
    let classes = Api::<StorageClass>::all(world.client.clone());
    let made =
        json!({"metadata": {"name": class}, "provisioner": "example.org/none", "allowVolumeExpansion": true});
    let made: StorageClass = serde_json::from_value(made).expect("a class");
    classes.create(&PostParams::default(), &made).await.expect("a class");
    bind(&world, "p-meilisearch-data", "10Gi").await;
    let larger = Patch::Merge(json!({"spec": {"resources": {"requests": {"storage": "30Gi"}}}}));
    let claims = world.api::<PersistentVolumeClaim>();
    claims.patch("p-meilisearch-data", &PatchParams::default(), &larger).await.expect("grown by hand");
    bind(&world, "p-meilisearch-data", "30Gi").await;
    world.settle().await;
    assert_eq!(asked(&world, "p-meilisearch-data").await, "30Gi");
}

#[tokio::test]
async fn every_brokers_volume_grows() {
    let world = World::new().await;
    let class = class(&world, true).await;
    let brokers = |size: &str| json!({"broker": {"managed": {"replicas": 3, "storage": {"storageClassName": class, "size": size}}}});
    world.create(&brokers("10Gi")).await.expect("created");
    world.settle().await;
    let claims = ["data-p-redpanda-0", "data-p-redpanda-1", "data-p-redpanda-2"];
    for claim in claims {
        bind(&world, claim, "10Gi").await;
    }
    world.change(&brokers("20Gi")).await.expect("changed");
    // The StatefulSet's own template could not be changed.
    world.pass().await.0.expect("a good pass");
    for claim in claims {
        assert_eq!(asked(&world, claim).await, "20Gi");
        bind(&world, claim, "20Gi").await;
    }
    world.settle().await;
}
