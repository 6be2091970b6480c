//! Plays what an API server alone lacks: controllers and kubelet that make workloads ready, and the garbage collector.

use k8s_openapi::api::apps::v1::{ControllerRevision, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Secret, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::NamespaceResourceScope;
use kube::{Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::{NAME, World};

/// Every workload that exists becomes ready, every Job completes.
pub(crate) async fn make_ready(world: &World) {
    make_ready_but(world, "").await;
}

/// Every workload but that of one component becomes ready, every Job completes.
pub(crate) async fn make_ready_but(world: &World, component: &str) {
    let but = format!("{NAME}-{component}");
    for set in list::<StatefulSet>(world).await.into_iter().filter(|set| set.name_any() != but) {
        let replicas = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        let status = stateful_set_status(set.metadata.generation, replicas);
        let present = set.status.as_ref().and_then(|status| serde_json::to_value(status).ok());
        if !has(present, &status) {
            write_status::<StatefulSet>(world, &set.name_any(), &status).await;
        }
    }
    for deployment in list::<Deployment>(world).await.into_iter().filter(|of| of.name_any() != but) {
        let replicas = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        let status = deployment_status(deployment.metadata.generation, replicas);
        let present = deployment.status.as_ref().and_then(|status| serde_json::to_value(status).ok());
        if !has(present, &status) {
            write_status::<Deployment>(world, &deployment.name_any(), &status).await;
        }
    }
    for job in list::<Job>(world).await {
        if job.status.and_then(|status| status.completion_time).is_none() {
            write_status::<Job>(world, &job.metadata.name.unwrap_or_default(), &job_status()).await;
        }
    }
}

/// True if every field of `status` is there already.
fn has(present: Option<Value>, status: &Value) -> bool {
    let fields = status.as_object().into_iter().flatten();
    present.is_some_and(|present| fields.into_iter().all(|(name, value)| present[name] == *value))
}

/// One workload stops being ready.
pub(crate) async fn break_stateful_set(world: &World, name: &str) {
    write_status::<StatefulSet>(world, name, &json!({"readyReplicas": 0, "availableReplicas": 0})).await;
}

/// What the kubelet says.
pub(crate) async fn set_pod_status(world: &World, name: &str, status: &Value) {
    write_status::<Pod>(world, name, status).await;
}

/// What the Deployment's controller says.
pub(crate) async fn set_deployment_status(world: &World, name: &str, status: &Value) {
    write_status::<Deployment>(world, name, status).await;
}

/// A pod of a component's Job, with this status.
pub(crate) async fn make_job_pod(world: &World, component: &str, job: &str, status: &Value) {
    let name = format!("{NAME}-{component}-pod");
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": name, "labels": {
            "app.kubernetes.io/managed-by": "phasma-operator",
            "app.kubernetes.io/instance": NAME,
            "app.kubernetes.io/component": component,
            "batch.kubernetes.io/job-name": job,
        }},
        "spec": {"containers": [{"name": component, "image": "image"}]},
    }))
    .expect("a pod");
    world.api::<Pod>().create(&PostParams::default(), &pod).await.expect("created");
    write_status::<Pod>(world, &name, status).await;
}

/// A pod as a workload or Job wants it, with this status.
pub(crate) async fn make_pod_of<K>(world: &World, name: &str, status: &Value)
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + DeserializeOwned
        + Serialize
        + std::fmt::Debug,
{
    let owner = serde_json::to_value(world.get::<K>(name).await).expect("JSON");
    let mut pod = owner.pointer("/spec/template").expect("a template").clone();
    let pod_name = format!("{name}-{}", owner["metadata"]["generation"]);
    pod["metadata"]["name"] = json!(pod_name);
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    world.api::<Pod>().create(&PostParams::default(), &pod).await.expect("created");
    write_status::<Pod>(world, &pod_name, status).await;
}

/// Deletes what is owned by a resource that is gone.
pub(crate) async fn collect_garbage(world: &World) {
    collect::<ControllerRevision>(world).await;
    collect::<StatefulSet>(world).await;
    collect::<Deployment>(world).await;
    collect::<Job>(world).await;
    collect::<Service>(world).await;
    collect::<ConfigMap>(world).await;
    collect::<Secret>(world).await;
    collect::<NetworkPolicy>(world).await;
    collect::<PodDisruptionBudget>(world).await;
    collect::<PersistentVolumeClaim>(world).await;
}

async fn collect<K>(world: &World)
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + DeserializeOwned
        + std::fmt::Debug,
{
    for object in list::<K>(world).await {
        if object.owner_references().iter().any(|owner| owner.kind == "Phasma") {
            world.api::<K>().delete(&object.name_any(), &DeleteParams::background()).await.expect("deleted");
        }
    }
}

async fn list<K>(world: &World) -> Vec<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + DeserializeOwned
        + std::fmt::Debug,
{
    world.api::<K>().list(&ListParams::default()).await.expect("a list").items
}

async fn write_status<K>(world: &World, name: &str, status: &Value)
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + DeserializeOwned
        + Serialize
        + std::fmt::Debug,
{
    let patch = Patch::Merge(json!({"status": status}));
    match world.api::<K>().patch_status(name, &PatchParams::default(), &patch).await {
        // An operator that runs beside may have deleted it meanwhile.
        Err(kube::Error::Api(error)) if error.code == 404 => {}
        written => assert!(written.is_ok(), "{name}: {written:?}"),
    }
}

fn stateful_set_status(generation: Option<i64>, replicas: i32) -> Value {
    json!({"observedGeneration": generation, "replicas": replicas, "readyReplicas": replicas,
           "updatedReplicas": replicas, "availableReplicas": replicas, "currentRevision": "r", "updateRevision": "r"})
}

fn deployment_status(generation: Option<i64>, replicas: i32) -> Value {
    json!({"observedGeneration": generation, "replicas": replicas, "readyReplicas": replicas,
           "updatedReplicas": replicas, "availableReplicas": replicas})
}

fn job_status() -> Value {
    let time = "2026-01-01T00:00:00Z";
    let condition = |type_: &str| json!({"type": type_, "status": "True", "lastTransitionTime": time});
    json!({"startTime": time, "completionTime": time, "succeeded": 1,
           "conditions": [condition("SuccessCriteriaMet"), condition("Complete")]})
}
