//! An autoscaler and the operator share a Deployment without a fight about its replicas.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::kubelet;
use crate::support::World;

async fn autoscaled() -> World {
    let world = World::new().await;
    let bounds = json!({"minReplicas": 2, "maxReplicas": 5, "targetCPUUtilization": 70});
    world.create(&json!({"api": {"autoscaling": bounds}})).await.expect("created");
    world.settle().await;
    world
}

/// What the autoscaler's controller does.
async fn scale(world: &World, replicas: i32) {
    let by = PatchParams { field_manager: Some("kube-controller-manager".to_owned()), ..Default::default() };
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    world.api::<Deployment>().patch_scale("p-api", &by, &patch).await.expect("scaled");
}

async fn replicas(world: &World) -> Option<i32> {
    world.deployment("api").await.spec.and_then(|spec| spec.replicas)
}

#[tokio::test]
async fn an_autoscaler_begins_at_its_least_and_drains_take_one_at_a_time() {
    let world = autoscaled().await;
    assert_eq!(replicas(&world).await, Some(2));
    let autoscaler: HorizontalPodAutoscaler = world.get("p-api").await;
    let spec = autoscaler.spec.expect("a spec");
    assert_eq!((spec.min_replicas, spec.max_replicas), (Some(2), 5));
    assert_eq!(spec.scale_target_ref.name, "p-api");
    let metric = spec.metrics.and_then(|mut metrics| metrics.pop()).and_then(|metric| metric.resource);
    assert_eq!(metric.expect("a metric").target.average_utilization, Some(70));
    assert!(world.exists::<PodDisruptionBudget>("p-api").await);
}

#[tokio::test]
async fn a_scaled_workload_costs_no_writes_and_keeps_its_replicas() {
    let world = autoscaled().await;
    scale(&world, 4).await;
    kubelet::make_ready(&world).await;
    world.settle().await;
    let (result, writes) = world.pass().await;
    result.expect("a good pass");
    assert_eq!((writes, replicas(&world).await), (0, Some(4)));
    let status = world.phasma().await.status.expect("a status");
    let api = status.components.iter().find(|component| component.name == "api").expect("the API");
    assert_eq!((api.ready, api.desired), (4, 4));
    world.change(&json!({"api": {"image": "other/api:2"}})).await.expect("changed");
    world.settle().await;
    assert_eq!(replicas(&world).await, Some(4));
}

#[tokio::test]
async fn pods_that_are_being_added_do_not_make_it_unready() {
    let world = autoscaled().await;
    scale(&world, 5).await;
    let generation = world.deployment("api").await.metadata.generation;
    let status = json!({"observedGeneration": generation, "replicas": 5, "updatedReplicas": 5,
                        "readyReplicas": 2, "availableReplicas": 2});
    kubelet::set_deployment_status(&world, "p-api", &status).await;
    world.pass().await.0.expect("a good pass");
    assert_eq!(world.condition("ApiReady").await.0, "True");
    let fewer = json!({"readyReplicas": 1, "availableReplicas": 1});
    kubelet::set_deployment_status(&world, "p-api", &fewer).await;
    world.pass().await.0.expect("a good pass");
    assert_eq!(world.condition("ApiReady").await.0, "False");
}

#[tokio::test]
async fn a_workload_may_change_between_fixed_and_autoscaled() {
    let world = World::new().await;
    world.create(&json!({"api": {"replicas": 3}})).await.expect("created");
    world.settle().await;
    let bounds = json!({"minReplicas": 1, "maxReplicas": 5});
    world.change(&json!({"api": {"replicas": null, "autoscaling": bounds}})).await.expect("changed");
    world.settle().await;
    assert_eq!(replicas(&world).await, Some(3), "nothing falls back to one");
    scale(&world, 4).await;
    world.settle().await;
    world.change(&json!({"api": {"replicas": 2, "autoscaling": null}})).await.expect("changed");
    // Before anything is ready again: the autoscaler must not undo what is applied.
    world.pass().await.0.expect("a good pass");
    assert!(!world.exists::<HorizontalPodAutoscaler>("p-api").await);
    assert_eq!(replicas(&world).await, Some(2));
    world.settle().await;
}
