//! What others do to the operator's objects: undone if it concerns a field it set, kept if it doesn't.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Secret, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::support::World;

async fn settled(spec: &Value) -> World {
    let world = World::new().await;
    world.create(spec).await.expect("created");
    world.settle().await;
    world
}

macro_rules! tamper {
    ($world:expr, $kind:ty, $name:expr, $patch:expr) => {
        $world
            .api::<$kind>()
            .patch($name, &PatchParams::default(), &Patch::Merge($patch))
            .await
            .expect("tampered")
    };
}

#[tokio::test]
async fn a_deleted_object_comes_back() {
    let world = settled(&json!({})).await;
    world.api::<Deployment>().delete("p-api", &DeleteParams::background()).await.expect("deleted");
    world.api::<Service>().delete("p-postgres", &DeleteParams::background()).await.expect("deleted");
    world.api::<Secret>().delete("p-relay", &DeleteParams::background()).await.expect("deleted");
    world.pass().await.0.expect("a good pass");
    assert!(world.exists::<Deployment>("p-api").await);
    assert!(world.exists::<Service>("p-postgres").await);
    assert!(world.exists::<Secret>("p-relay").await);
    world.settle().await;
}

#[tokio::test]
async fn changed_fields_of_every_kind_are_put_right() {
    let world = settled(&json!({"api": {"replicas": 2}})).await;
    tamper!(world, Deployment, "p-api", json!({"spec": {"replicas": 7}}));
    tamper!(
        world,
        StatefulSet,
        "p-redpanda",
        json!({"spec": {"template": {"spec": {"enableServiceLinks": true}}}})
    );
    tamper!(world, Secret, "p-api", json!({"data": {"PHASMA_CACHE_URL": "aGE="}}));
    tamper!(world, ConfigMap, "p-trust", json!({"data": {"ca.crt": null}}));
    tamper!(world, Service, "p-api", json!({"spec": {"selector": {"app.kubernetes.io/component": "other"}}}));
    tamper!(world, NetworkPolicy, "p-postgres", json!({"spec": {"ingress": [{}]}}));
    let (result, writes) = world.pass().await;
    result.expect("a good pass");
    assert!(writes >= 6, "{writes}");
    let api = world.deployment("api").await;
    assert_eq!(api.spec.and_then(|spec| spec.replicas), Some(2));
    let policy: NetworkPolicy = world.get("p-postgres").await;
    let ingress = policy.spec.and_then(|spec| spec.ingress).expect("rules");
    assert!(ingress.len() > 1);
    let trust: ConfigMap = world.get("p-trust").await;
    assert!(trust.data.expect("data").contains_key("ca.crt"));
    world.settle().await;
}

#[tokio::test]
async fn additions_of_others_stay() {
    let world = settled(&json!({})).await;
    let addition = json!({"metadata": {"annotations": {"team": "x"}, "labels": {"cost": "y"}},
                          "spec": {"template": {"metadata": {"annotations": {"injected": "yes"}}}}});
    tamper!(world, Deployment, "p-frontend", addition);
    tamper!(world, Secret, "p-frontend", json!({"data": {"MORE": "aGE="}}));
    world.settle().await;
    let deployment = world.deployment("frontend").await;
    assert_eq!(deployment.annotations().get("team").map(String::as_str), Some("x"));
    assert_eq!(deployment.labels().get("cost").map(String::as_str), Some("y"));
    let secret: Secret = world.get("p-frontend").await;
    assert!(secret.data.expect("data").contains_key("MORE"));
}

#[tokio::test]
async fn what_is_no_longer_wanted_goes() {
    let world = settled(&json!({"api": {"replicas": 2}})).await;
    world.change(&json!({"search": {"disabled": true}})).await.expect("changed");
    world.settle().await;
    assert!(!world.exists::<StatefulSet>("p-meilisearch").await);
    assert!(!world.exists::<NetworkPolicy>("p-meilisearch").await);
    // Its volume is data, and data are kept.
    assert!(world.exists::<PersistentVolumeClaim>("p-meilisearch-data").await);
    assert_eq!(world.condition("SearchReady").await.0, "True");
}

#[tokio::test]
async fn an_object_of_somebody_else_is_left_alone() {
    let world = World::new().await;
    let theirs: ConfigMap =
        serde_json::from_value(json!({"metadata": {"name": "p-trust"}, "data": {"mine": "yes"}}))
            .expect("an object");
    world.api::<ConfigMap>().create(&PostParams::default(), &theirs).await.expect("created");
    world.create(&json!({})).await.expect("created");
    let error = world.pass().await.0.expect_err("a conflict").to_string();
    assert!(error.contains("ConfigMap p-trust"), "{error}");
    assert_eq!(world.condition("Stalled").await.0, "True");
    let kept: ConfigMap = world.get("p-trust").await;
    assert_eq!(kept.data.expect("data").len(), 1);
    // The others of the stage were cared for.
    assert!(world.exists::<Service>("p-api").await);
    world.api::<ConfigMap>().delete("p-trust", &DeleteParams::default()).await.expect("deleted");
    world.settle().await;
}

#[tokio::test]
async fn a_changed_secret_restarts_who_reads_it() {
    let world = settled(&json!({})).await;
    let hash = |deployment: &Deployment| {
        let template = deployment.spec.as_ref().map(|spec| spec.template.metadata.clone());
        template.flatten().and_then(|metadata| metadata.annotations)
    };
    let (api, frontend) = (world.deployment("api").await, world.deployment("frontend").await);
    tamper!(world, Secret, "p-credentials", json!({"data": {"session-key": "bmV3"}}));
    world.settle().await;
    assert_ne!(hash(&api), hash(&world.deployment("api").await));
    assert_eq!(hash(&frontend), hash(&world.deployment("frontend").await));
}
