//! The objects around a pod: StatefulSet with its volume, Deployment, Job, Service, disruption budget.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{
    Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment, StatefulSet, StatefulSetSpec,
};
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimSpec, Service, ServicePort, ServiceSpec,
    VolumeResourceRequirements,
};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::autoscaling;
use super::inputs::Inputs;
use super::meta;
use super::names::{Component, Stage};
use super::object::{self, Kind, Object};
use super::pod::{Pod, Restart, selector};
use crate::controller::model::{Platform, Scale, Store, Workload};

/// Seconds for which a pod has to be ready before an old one ends: one that crashes at its first request replaces none.
const PROOF: i32 = 5;
/// A Job's pod is restarted by the kubelet, 10 s to 5 min apart, until it succeeds.
const JOB_RETRIES: i32 = i32::MAX;

/// One pod that keeps its name and its volume.
pub(super) fn stateful_set(platform: &Platform, inputs: &Inputs, pod: &Pod<'_>) -> Object {
    let component = pod.component;
    let name = platform.names.of(component);
    let set = StatefulSet {
        metadata: meta::owned(platform, Some(component), name.clone()),
        spec: Some(StatefulSetSpec {
            service_name: Some(name),
            replicas: Some(1),
            // In order, a pod that never gets ready would not be replaced by one of a better template.
            pod_management_policy: Some("Parallel".to_owned()),
            selector: selector(platform, component),
            template: pod.template(platform, inputs),
            ..StatefulSetSpec::default()
        }),
        ..StatefulSet::default()
    };
    Object::new(Kind::StatefulSet, Stage::of(component), &set).runs(component)
}

/// The claim of a store. Claimed by name, because a StatefulSet's own claim templates can never change.
pub(super) fn volume_claim(platform: &Platform, component: Component, store: &Store) -> Object {
    named_claim(platform, component, store, platform.names.data(component))
}

/// A claim of a store with several volumes.
pub(super) fn named_claim(platform: &Platform, component: Component, store: &Store, name: String) -> Object {
    let claim = PersistentVolumeClaim {
        metadata: meta::retained(platform, Some(component), name),
        spec: Some(claim_spec(store, &store.size)),
        ..PersistentVolumeClaim::default()
    };
    Object::new(Kind::PersistentVolumeClaim, Stage::Foundation, &claim).retained()
}

pub(super) fn claim_spec(store: &Store, size: &str) -> PersistentVolumeClaimSpec {
    PersistentVolumeClaimSpec {
        access_modes: Some(vec!["ReadWriteOnce".to_owned()]),
        storage_class_name: store.storage_class.clone(),
        resources: Some(VolumeResourceRequirements {
            requests: Some(BTreeMap::from([("storage".to_owned(), Quantity(size.to_owned()))])),
            ..VolumeResourceRequirements::default()
        }),
        ..PersistentVolumeClaimSpec::default()
    }
}

/// How the pods of a Deployment follow each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Succession {
    /// A new pod is ready before an old one ends.
    Rolling,
    /// The old pod ends before the new one starts: there may be one only.
    Exclusive,
}

pub(super) fn deployment(
    platform: &Platform,
    inputs: &Inputs,
    pod: &Pod<'_>,
    replicas: i32,
    succession: Succession,
) -> Object {
    let component = pod.component;
    let deployment = Deployment {
        metadata: meta::owned(platform, Some(component), platform.names.of(component)),
        spec: Some(DeploymentSpec {
            replicas: Some(replicas),
            selector: selector(platform, component),
            template: pod.template(platform, inputs),
            strategy: Some(strategy(succession)),
            revision_history_limit: Some(3),
            progress_deadline_seconds: Some(platform.progress_deadline),
            min_ready_seconds: (succession == Succession::Rolling).then_some(PROOF),
            ..DeploymentSpec::default()
        }),
        ..Deployment::default()
    };
    Object::new(Kind::Deployment, Stage::of(component), &deployment).runs(component)
}

fn strategy(succession: Succession) -> DeploymentStrategy {
    match succession {
        Succession::Exclusive => {
            DeploymentStrategy { type_: Some("Recreate".to_owned()), ..DeploymentStrategy::default() }
        }
        Succession::Rolling => DeploymentStrategy {
            type_: Some("RollingUpdate".to_owned()),
            rolling_update: Some(RollingUpdateDeployment {
                max_surge: Some(IntOrString::Int(1)),
                max_unavailable: Some(IntOrString::Int(0)),
            }),
        },
    }
}

/// A Job named by what it runs: a change makes a new one, and a finished one is never repeated.
pub(super) fn job(platform: &Platform, inputs: &Inputs, mut pod: Pod<'_>) -> Object {
    let component = pod.component;
    pod.restart = Restart::OnFailure;
    let template = pod.template(platform, inputs);
    let hash = object::hash(&template);
    let job = Job {
        metadata: meta::owned(platform, Some(component), platform.names.job(component, &hash[..10])),
        spec: Some(JobSpec { backoff_limit: Some(JOB_RETRIES), template, ..JobSpec::default() }),
        ..Job::default()
    };
    Object::new(Kind::Job, Stage::of(component), &job).runs(component)
}

/// A Deployment of which several pods may run, what holds its drains, and what scales it.
pub(super) fn scalable(
    platform: &Platform,
    inputs: &Inputs,
    pod: &Pod<'_>,
    workload: &Workload,
) -> Vec<Object> {
    let least = workload.scale.least();
    let deployment = deployment(platform, inputs, pod, least, Succession::Rolling);
    let budget = disruption_budget(platform, pod.component, least);
    let (deployment, autoscaler) = match &workload.scale {
        Scale::Fixed(_) => (deployment, None),
        Scale::Auto(bounds) => {
            (deployment.autoscaled(), Some(autoscaling::autoscaler(platform, pod.component, bounds)))
        }
    };
    std::iter::once(deployment).chain(budget).chain(autoscaler).collect()
}

/// A Service inside the cluster.
pub(super) fn service(platform: &Platform, component: Component, ports: &[(&str, u16)]) -> Object {
    let spec = service_spec(platform, component, ports, "ClusterIP", None);
    service_object(platform, component, Stage::Foundation, spec)
}

/// The Service that people reach, made when there is something to reach.
pub(super) fn public_service(platform: &Platform, component: Component, ports: &[(&str, u16)]) -> Object {
    let exposed = &platform.service;
    let spec = service_spec(platform, component, ports, exposed.type_.as_str(), exposed.node_port);
    service_object(platform, component, Stage::of(component), spec)
}

fn service_spec(
    platform: &Platform,
    component: Component,
    ports: &[(&str, u16)],
    type_: &str,
    node_port: Option<i32>,
) -> ServiceSpec {
    let port = |&(name, port): &(&str, u16)| ServicePort {
        name: Some(name.to_owned()),
        port: i32::from(port),
        target_port: Some(IntOrString::String(name.to_owned())),
        protocol: Some("TCP".to_owned()),
        node_port,
        ..ServicePort::default()
    };
    ServiceSpec {
        type_: Some(type_.to_owned()),
        selector: Some(meta::selector(platform, component)),
        ports: Some(ports.iter().map(port).collect()),
        ..ServiceSpec::default()
    }
}

fn service_object(platform: &Platform, component: Component, stage: Stage, spec: ServiceSpec) -> Object {
    let metadata = meta::owned(platform, Some(component), platform.names.of(component));
    Object::new(Kind::Service, stage, &Service { metadata, spec: Some(spec), ..Service::default() })
}

/// From two replicas on a drain takes one at a time. A single replica has none: it would block every drain.
pub(super) fn disruption_budget(platform: &Platform, component: Component, replicas: i32) -> Option<Object> {
    let budget = PodDisruptionBudget {
        metadata: meta::owned(platform, Some(component), platform.names.of(component)),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(selector(platform, component)),
            ..PodDisruptionBudgetSpec::default()
        }),
        ..PodDisruptionBudget::default()
    };
    (replicas >= 2).then(|| Object::new(Kind::PodDisruptionBudget, Stage::Foundation, &budget))
}
