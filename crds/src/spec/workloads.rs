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
    /// Settings of the server.
    #[serde(default, skip_serializing_if = "ApiConfig::is_empty")]
    pub config: ApiConfig,
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

/// Settings of the HTTP API. What is left out has the release's default.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ApiConfig {
    /// What is logged: `error`, `warn`, `info`, `debug`, or a list such as `info,sqlx=debug`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512), regex(pattern = r"^[A-Za-z0-9_:=,]+$"))]
    pub log: Option<String>,
    /// Most connections to the database that each pod holds; 16 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 500))]
    pub database_connections: Option<i32>,
    #[serde(default, skip_serializing_if = "RateLimits::is_empty")]
    pub rate_limits: RateLimits,
}

impl ApiConfig {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How much one client may ask, as `burst/per-second`: so many requests at once, refilled at that pace.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct RateLimits {
    /// Signing up and logging in, for each address; `5/0.2` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,5}/[0-9]{1,5}([.][0-9]{1,3})?$"))]
    pub strict: Option<String>,
    /// Uploads, for each account; `20/1` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,5}/[0-9]{1,5}([.][0-9]{1,3})?$"))]
    pub upload: Option<String>,
    /// Suggestions while somebody types; `20/5` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,5}/[0-9]{1,5}([.][0-9]{1,3})?$"))]
    pub typeahead: Option<String>,
    /// Everything that only reads; `120/2` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,5}/[0-9]{1,5}([.][0-9]{1,3})?$"))]
    pub read: Option<String>,
    /// Posts, comments, likes, follows and other changes; `30/1` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,5}/[0-9]{1,5}([.][0-9]{1,3})?$"))]
    pub mutation: Option<String>,
}

impl RateLimits {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
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
