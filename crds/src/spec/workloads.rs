//! The platform's own programs, and Redpanda Connect.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::{Autoscaling, PodOverrides, Resources};

/// The HTTP API.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.replicas) && has(self.autoscaling))")
        .message("replicas, autoscaling: choose one, not both")
)]
pub struct Api {
    /// Number of pods; 1 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub replicas: Option<i32>,
    /// Let a HorizontalPodAutoscaler decide the number of pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// Requests and limits of the container.
    #[serde(default)]
    pub resources: Resources,
    /// Where the pods run, and what is written on them. The Jobs that migrate, provision and check run where these do.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
    /// Another image than the catalogue's. Migrations run from it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

/// The web frontend.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.replicas) && has(self.autoscaling))")
        .message("replicas, autoscaling: choose one, not both")
)]
pub struct Frontend {
    /// Number of pods; 1 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub replicas: Option<i32>,
    /// Let a HorizontalPodAutoscaler decide the number of pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// Requests and limits of the container.
    #[serde(default)]
    pub resources: Resources,
    /// Where the pods run, and what is written on them.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
    /// Another image than the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

/// Relay and consumers; the Jobs that provision and check run from the same image.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Workers {
    #[serde(default)]
    pub relay: Relay,
    #[serde(default)]
    pub consumers: Consumers,
    /// Another image than the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

/// Database to topics. One replica: the replication slot has one reader.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Relay {
    /// Requests and limits of the container.
    #[serde(default)]
    pub resources: Resources,
    /// Where the pods run, and what is written on them.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
}

/// Feeds and notifications. Useful up to the number of partitions (12).
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.replicas) && has(self.autoscaling))")
        .message("replicas, autoscaling: choose one, not both"),
    validation = Rule::new("!has(self.autoscaling) || self.autoscaling.maxReplicas <= 12")
        .message("autoscaling.maxReplicas: at most 12, the number of partitions")
)]
pub struct Consumers {
    /// Number of pods; 1 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 12))]
    pub replicas: Option<i32>,
    /// Let a HorizontalPodAutoscaler decide the number of pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// Requests and limits of the container.
    #[serde(default)]
    pub resources: Resources,
    /// Where the pods run, and what is written on them.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
}

/// Redpanda Connect and its streams.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Pipelines {
    #[serde(default)]
    pub connect: Connect,
}

/// The process that runs the streams.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Connect {
    /// Requests and limits of the container.
    #[serde(default)]
    pub resources: Resources,
    /// Where the pods run, and what is written on them.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
    /// Another image than the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}
