//! Settings: paused, sign-ups, images, of the API, of the database.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{ConfigMap, PodTemplateSpec, Secret, Service};
use kube::api::{DeleteParams, ListParams};
use phasma_operator::controller::build::object::Kind;
use serde_json::{Value, json};

use crate::inventory::live;
use crate::support::World;

#[tokio::test]
async fn a_resource_that_begins_paused_becomes_nothing_but_a_status() {
    let world = World::new().await;
    world.create(&json!({"paused": true})).await.expect("created");
    world.pass().await.0.expect("a good pass");
    assert!(world.condition("Reconciling").await.1.contains("spec.paused"));
    let all = ListParams::default();
    let ours = ListParams::default().labels("app.kubernetes.io/managed-by=phasma-operator");
    assert!(world.api::<Secret>().list(&ours).await.expect("a list").items.is_empty());
    assert!(world.api::<ConfigMap>().list(&ours).await.expect("a list").items.is_empty());
    assert!(world.api::<StatefulSet>().list(&all).await.expect("a list").items.is_empty());
    world.change(&json!({"paused": false})).await.expect("changed");
    world.settle().await;
}

#[tokio::test]
async fn while_paused_only_the_status_is_written() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    world.change(&json!({"paused": true, "search": {"disabled": true}})).await.expect("changed");
    world.api::<Service>().delete("p-api", &DeleteParams::default()).await.expect("deleted");
    let (result, writes) = world.pass().await;
    result.expect("a good pass");
    assert_eq!(writes, 1, "the status");
    let (result, writes) = world.pass().await;
    result.expect("a good pass");
    assert_eq!(writes, 0);
    let generation = world.phasma().await.metadata.generation;
    let status = world.phasma().await.status.expect("a status");
    assert_eq!(status.observed_generation, generation);
    assert!(!world.exists::<Service>("p-api").await, "neither put right");
    assert!(world.exists::<StatefulSet>("p-meilisearch").await, "nor removed");
    world.change(&json!({"paused": false})).await.expect("changed");
    world.settle().await;
    assert!(world.exists::<Service>("p-api").await);
    assert!(!world.exists::<StatefulSet>("p-meilisearch").await);
}

#[tokio::test]
async fn every_pod_pulls_as_asked() {
    let world = World::new().await;
    let images = json!({"registry": "registry.example.org/phasma", "pullPolicy": "Always",
                        "pullSecrets": [{"name": "one"}, {"name": "two"}]});
    world.create(&json!({"images": images})).await.expect("created");
    world.settle().await;
    let pods = pods(&world).await;
    assert_eq!(pods.len(), 13);
    for pod in &pods {
        assert_eq!(pod["imagePullSecrets"], json!([{"name": "one"}, {"name": "two"}]), "{pod}");
        let containers = pod["initContainers"].as_array().into_iter().chain(pod["containers"].as_array());
        assert!(containers.flatten().all(|container| container["imagePullPolicy"] == "Always"), "{pod}");
    }
    let own = |pod: &&Value| {
        pod["containers"][0]["image"].as_str().is_some_and(|i| i.starts_with("registry.example.org/phasma/"))
    };
    assert_eq!(pods.iter().filter(own).count(), 6, "the platform's own programs");
}

async fn pods(world: &World) -> Vec<Value> {
    let workloads = [Kind::StatefulSet, Kind::Deployment, Kind::Job];
    let objects = live(world).await.into_iter().filter(|(kind, _)| workloads.contains(kind));
    objects.map(|(_, object)| object["spec"]["template"]["spec"].clone()).collect()
}

#[tokio::test]
async fn closed_sign_ups_reach_the_api() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    let setting = async || {
        let api = world.deployment("api").await;
        let containers =
            api.spec.and_then(|spec| spec.template.spec).map(|pod| pod.containers).expect("a pod");
        let env = containers[0].env.clone().expect("an environment");
        env.into_iter().find(|variable| variable.name == "PHASMA_SIGNUPS").and_then(|variable| variable.value)
    };
    assert_eq!(setting().await.as_deref(), Some("Open"));
    world.change(&json!({"signups": "Closed"})).await.expect("changed");
    world.settle().await;
    assert_eq!(setting().await.as_deref(), Some("Closed"));
}

fn container(template: Option<PodTemplateSpec>) -> Value {
    let container = template.and_then(|template| template.spec).map(|mut pod| pod.containers.remove(0));
    serde_json::to_value(container.expect("a container")).expect("JSON")
}

#[tokio::test]
async fn what_is_said_about_api_and_database_reaches_them() {
    let world = World::new().await;
    let config = json!({"log": "debug", "databaseConnections": 32, "rateLimits": {"strict": "50/5"}});
    let parameters = json!({"work_mem": "16MB", "max_connections": "400"});
    let spec = json!({"api": {"config": config}, "database": {"managed": {"parameters": parameters}}});
    world.create(&spec).await.expect("created");
    world.settle().await;
    let api = container(world.deployment("api").await.spec.map(|spec| spec.template));
    let env = api["env"].as_array().expect("a list");
    for (name, value) in [
        ("PHASMA_LOG", "debug"),
        ("PHASMA_DATABASE_MAX_CONNECTIONS", "32"),
        ("PHASMA_RATE_LIMIT_STRICT", "50/5"),
    ] {
        assert!(env.contains(&json!({"name": name, "value": value})), "{name}: {env:?}");
    }
    assert!(
        !env.iter().any(|variable| variable["name"] == "PHASMA_RATE_LIMIT_READ"),
        "the release's default"
    );
    let set: StatefulSet = world.get("p-postgres").await;
    let postgres = container(set.spec.map(|spec| spec.template));
    let args: Vec<&str> =
        postgres["args"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let last = args.iter().rfind(|arg| arg.starts_with("max_connections="));
    assert_eq!(last, Some(&"max_connections=400"), "{args:?}");
    assert!(args.contains(&"work_mem=16MB"), "{args:?}");
}
