//! An object as the operator wants it, whatever its kind, and the closed list of kinds.

use k8s_openapi::api::apps::v1::{ControllerRevision, Deployment, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Secret, Service};
use k8s_openapi::api::networking::v1::{Ingress, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::api::{ApiResource, GroupVersionKind};
use phasma_crds::labels;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::names::{Component, Stage};

/// Kinds the operator writes; nothing else is ever pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    ControllerRevision,
    Secret,
    ConfigMap,
    NetworkPolicy,
    PersistentVolumeClaim,
    Service,
    PodDisruptionBudget,
    StatefulSet,
    Job,
    Deployment,
    HorizontalPodAutoscaler,
    Ingress,
    HttpRoute,
    PodMonitor,
    PrometheusRule,
}

impl Kind {
    /// In the order they are applied: what pods mount comes before the pods.
    pub const ALL: [Kind; 15] = [
        Kind::ControllerRevision,
        Kind::Secret,
        Kind::ConfigMap,
        Kind::NetworkPolicy,
        Kind::PersistentVolumeClaim,
        Kind::Service,
        Kind::PodDisruptionBudget,
        Kind::StatefulSet,
        Kind::Job,
        Kind::Deployment,
        Kind::HorizontalPodAutoscaler,
        Kind::Ingress,
        Kind::HttpRoute,
        Kind::PodMonitor,
        Kind::PrometheusRule,
    ];

    /// Kinds of other products, which a cluster may lack.
    pub const OPTIONAL: [Kind; 3] = [Kind::HttpRoute, Kind::PodMonitor, Kind::PrometheusRule];

    pub fn is_optional(self) -> bool {
        Self::OPTIONAL.contains(&self)
    }

    pub fn api_resource(self) -> ApiResource {
        match self {
            Kind::ControllerRevision => ApiResource::erase::<ControllerRevision>(&()),
            Kind::Secret => ApiResource::erase::<Secret>(&()),
            Kind::ConfigMap => ApiResource::erase::<ConfigMap>(&()),
            Kind::NetworkPolicy => ApiResource::erase::<NetworkPolicy>(&()),
            Kind::PersistentVolumeClaim => ApiResource::erase::<PersistentVolumeClaim>(&()),
            Kind::Service => ApiResource::erase::<Service>(&()),
            Kind::PodDisruptionBudget => ApiResource::erase::<PodDisruptionBudget>(&()),
            Kind::StatefulSet => ApiResource::erase::<StatefulSet>(&()),
            Kind::Job => ApiResource::erase::<Job>(&()),
            Kind::Deployment => ApiResource::erase::<Deployment>(&()),
            Kind::HorizontalPodAutoscaler => ApiResource::erase::<HorizontalPodAutoscaler>(&()),
            Kind::Ingress => ApiResource::erase::<Ingress>(&()),
            Kind::HttpRoute => foreign("gateway.networking.k8s.io", "HTTPRoute", "httproutes"),
            Kind::PodMonitor => foreign("monitoring.coreos.com", "PodMonitor", "podmonitors"),
            Kind::PrometheusRule => foreign("monitoring.coreos.com", "PrometheusRule", "prometheusrules"),
        }
    }

    /// The kind's name as users know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::ControllerRevision => "ControllerRevision",
            Kind::Secret => "Secret",
            Kind::ConfigMap => "ConfigMap",
            Kind::NetworkPolicy => "NetworkPolicy",
            Kind::PersistentVolumeClaim => "PersistentVolumeClaim",
            Kind::Service => "Service",
            Kind::PodDisruptionBudget => "PodDisruptionBudget",
            Kind::StatefulSet => "StatefulSet",
            Kind::Job => "Job",
            Kind::Deployment => "Deployment",
            Kind::HorizontalPodAutoscaler => "HorizontalPodAutoscaler",
            Kind::Ingress => "Ingress",
            Kind::HttpRoute => "HTTPRoute",
            Kind::PodMonitor => "PodMonitor",
            Kind::PrometheusRule => "PrometheusRule",
        }
    }
}

/// A kind of another product, version 1.
fn foreign(group: &str, kind: &str, plural: &str) -> ApiResource {
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, "v1", kind), plural)
}

/// Resource of pods, which the operator reads only.
pub fn pods() -> ApiResource {
    ApiResource::erase::<Pod>(&())
}

/// Which object: kinds are few and the namespace is the resource's.
pub type Key = (Kind, String);

/// An object to apply.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub kind: Kind,
    pub name: String,
    pub stage: Stage,
    /// The workload or Job of this component.
    pub component: Option<Component>,
    /// Outlives the resource under `Retain`, and is taken over by one of the same name.
    pub retained: bool,
    /// Others decide on its replicas; what it says is only where they begin.
    pub autoscaled: bool,
    /// Complete, with `apiVersion`, `kind` and the desired hash.
    pub value: Value,
}

impl Object {
    /// Takes a typed object whose metadata holds its name.
    pub fn new<K>(kind: Kind, stage: Stage, object: &K) -> Self
    where
        K: Resource<DynamicType = ()> + Serialize,
    {
        let mut value = serde_json::to_value(object).unwrap_or_default();
        value["apiVersion"] = json!(K::api_version(&()));
        value["kind"] = json!(K::kind(&()));
        Self::complete(kind, stage, value)
    }

    /// Takes an object of another product, for which there is no type here.
    pub fn untyped(kind: Kind, stage: Stage, metadata: &ObjectMeta, spec: Value) -> Self {
        let resource = kind.api_resource();
        let (version, name) = (resource.api_version, resource.kind);
        let value = json!({"apiVersion": version, "kind": name, "metadata": metadata, "spec": spec});
        Self::complete(kind, stage, value)
    }

    fn complete(kind: Kind, stage: Stage, mut value: Value) -> Self {
        let hash = hash(&value);
        value["metadata"]["annotations"][labels::DESIRED_HASH] = json!(hash);
        let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        Self { kind, name, stage, component: None, retained: false, autoscaled: false, value }
    }

    pub fn autoscaled(mut self) -> Self {
        self.autoscaled = true;
        self
    }

    pub fn runs(mut self, component: Component) -> Self {
        self.component = Some(component);
        self
    }

    pub fn retained(mut self) -> Self {
        self.retained = true;
        self
    }

    pub fn key(&self) -> Key {
        (self.kind, self.name.clone())
    }

    pub fn desired_hash(&self) -> &str {
        desired_hash(&self.value).unwrap_or_default()
    }
}

/// The annotation with the desired hash, of a desired or a live object.
pub fn desired_hash(value: &Value) -> Option<&str> {
    value["metadata"]["annotations"][labels::DESIRED_HASH].as_str()
}

/// First 16 hexadecimal digits of the SHA-256 of the JSON; map keys are sorted, so equal objects hash alike.
pub fn hash<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(json).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
