//! From nothing to Ready in the designed order, and then quiet.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use kube::ResourceExt;
use kube::api::ListParams;
use phasma_crds::conditions;
use serde_json::json;

use crate::kubelet;
use crate::support::World;

async fn started(world: &World) -> Vec<String> {
    let all = ListParams::default();
    let label = |object: &dyn Fn() -> std::collections::BTreeMap<String, String>| {
        object().get("app.kubernetes.io/component").cloned().unwrap_or_default()
    };
    let mut found = Vec::new();
    for object in world.api::<StatefulSet>().list(&all).await.expect("a list") {
        found.push(label(&|| object.labels().clone()));
    }
    for object in world.api::<Job>().list(&all).await.expect("a list") {
        found.push(label(&|| object.labels().clone()));
    }
    for object in world.api::<Deployment>().list(&all).await.expect("a list") {
        found.push(label(&|| object.labels().clone()));
    }
    found.sort();
    found
}

#[tokio::test]
async fn each_stage_waits_for_the_one_before() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    let stages: [&[&str]; 8] = [
        &["dragonfly", "meilisearch", "postgres", "redpanda", "seaweedfs"],
        &["broker-users", "migrate"],
        &["provision"],
        &["relay"],
        &["consumers"],
        &["api"],
        &["connect"],
        &["frontend"],
    ];
    let mut expected: Vec<String> = Vec::new();
    for stage in stages {
        world.pass().await.0.expect("a good pass");
        expected.extend(stage.iter().map(|name| (*name).to_owned()));
        expected.sort();
        assert_eq!(started(&world).await, expected);
        assert_eq!(world.condition("Ready").await.0, "False");
        // A second pass changes nothing as long as nothing gets ready.
        let (result, writes) = world.pass().await;
        result.expect("a good pass");
        assert_eq!(writes, 0);
        kubelet::make_ready(&world).await;
    }
    world.settle().await;
}

/// Components whose workload has this label value in its template.
async fn of_team(world: &World, team: &str) -> Vec<String> {
    let all = world.api::<Deployment>().list(&ListParams::default()).await.expect("a list");
    let team = Some(team.to_owned());
    let labelled = all.into_iter().filter(|deployment| {
        let template = deployment.spec.as_ref().and_then(|spec| spec.template.metadata.clone());
        template.and_then(|metadata| metadata.labels?.get("team").cloned()) == team
    });
    labelled.map(|deployment| deployment.name_any().trim_start_matches("p-").to_owned()).collect()
}

fn teams(team: &str) -> serde_json::Value {
    let overrides = json!({"podOverrides": {"labels": {"team": team}}});
    json!({"api": overrides, "frontend": overrides, "pipelines": {"connect": overrides},
           "workers": {"relay": overrides, "consumers": overrides}})
}

#[tokio::test]
async fn a_rollout_goes_from_who_reads_to_who_is_seen_and_its_rollback_the_other_way() {
    let world = World::new().await;
    world.create(&teams("old")).await.expect("created");
    world.settle().await;
    world.change(&teams("new")).await.expect("changed");
    let order = ["relay", "consumers", "api", "connect", "frontend"];
    for (done, component) in order.iter().enumerate() {
        world.pass().await.0.expect("a good pass");
        let new = of_team(&world, "new").await;
        assert!(new.len() == done + 1 && new.contains(&(*component).to_owned()), "{component}: {new:?}");
        if *component != "frontend" {
            kubelet::make_ready(&world).await;
        }
    }
    let pull = json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}});
    let status = json!({"containerStatuses": [{"name": "frontend", "image": "none", "imageID": "", "ready": false,
                                               "restartCount": 0, "state": pull}]});
    kubelet::make_pod_of::<Deployment>(&world, "p-frontend", &status).await;
    for (done, component) in order.iter().rev().enumerate() {
        world.pass().await.0.expect("a good pass");
        let old = of_team(&world, "old").await;
        assert!(old.len() == done + 1 && old.contains(&(*component).to_owned()), "{component}: {old:?}");
        kubelet::make_ready(&world).await;
    }
    world.pass().await.0.expect("a good pass");
    assert_eq!(world.condition("RolledBack").await.0, "True");
}

#[tokio::test]
async fn a_ready_platform_says_so_and_costs_no_writes() {
    let world = World::new().await;
    world
        .create(&json!({"api": {"replicas": 2, "resources": {"limits": {"cpu": "1.5", "memory": "1024Mi"}}}}))
        .await
        .expect("created");
    world.settle().await;
    let status = world.phasma().await.status.expect("a status");
    assert_eq!(status.version.current.as_deref(), Some("0.1.0"));
    assert_eq!(status.url.as_deref(), Some("http://localhost:8080"));
    assert_eq!(status.conditions.len(), conditions::ALL.len());
    for condition in &status.conditions {
        let abnormal = [conditions::RECONCILING, conditions::STALLED].contains(&condition.type_.as_str());
        assert_eq!(condition.status == "True", !abnormal, "{condition:?}");
    }
    let api = status.components.iter().find(|component| component.name == "api").expect("the API");
    assert_eq!((api.ready, api.desired), (2, 2));
    for _ in 0..3 {
        let (result, writes) = world.pass().await;
        result.expect("a good pass");
        assert_eq!(writes, 0, "a converged pass writes nothing");
    }
}

#[tokio::test]
async fn the_first_status_has_every_condition() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.pass().await.0.expect("a good pass");
    let status = world.phasma().await.status.expect("a status");
    let types: Vec<_> = status.conditions.iter().map(|condition| condition.type_.as_str()).collect();
    assert_eq!(types, conditions::ALL);
}

#[tokio::test]
async fn a_store_that_fails_later_tears_nothing_down() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    kubelet::break_stateful_set(&world, "p-postgres").await;
    world.pass().await.0.expect("a good pass");
    assert_eq!(world.condition("DatabaseReady").await.0, "False");
    assert_eq!(world.condition("Available").await.0, "True");
    assert!(world.condition("Ready").await.1.contains("postgres"));
    assert!(world.exists::<Deployment>("p-api").await);
    // A new image has to wait for the store.
    let before = world.deployment("api").await.metadata.resource_version;
    world.change(&json!({"api": {"image": "other/api:2"}})).await.expect("changed");
    world.pass().await.0.expect("a good pass");
    assert_eq!(world.deployment("api").await.metadata.resource_version, before);
    world.settle().await;
    let api = world.deployment("api").await;
    let image = api.spec.and_then(|spec| spec.template.spec).and_then(|pod| pod.containers[0].image.clone());
    assert_eq!(image.as_deref(), Some("other/api:2"));
}

#[tokio::test]
async fn a_paused_resource_is_watched_and_not_changed() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    world.change(&json!({"paused": true, "api": {"image": "other/api:2"}})).await.expect("changed");
    kubelet::break_stateful_set(&world, "p-redpanda").await;
    let before = world.deployment("api").await.metadata.resource_version;
    world.pass().await.0.expect("a good pass");
    assert_eq!(world.deployment("api").await.metadata.resource_version, before);
    assert_eq!(world.condition("BrokerReady").await.0, "False");
    assert!(world.condition("Reconciling").await.1.contains("paused"));
}
