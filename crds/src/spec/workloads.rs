//! The platform's own programs, and Redpanda Connect.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::Resources;

/// The HTTP API.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Api {
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    pub replicas: i32,
    /// Requests and limits of the container.
    #[serde(default)]
    pub resources: Resources,
    /// Another image than the catalogue's. Migrations run from it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

/// The web frontend.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Frontend {
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    pub replicas: i32,
    /// Requests and limits of the container.
    #[serde(default)]
    pub resources: Resources,
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
}

/// Feeds and notifications. Useful up to the number of partitions (12).
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Consumers {
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 12))]
    pub replicas: i32,
    /// Requests and limits of the container.
    #[serde(default)]
    pub resources: Resources,
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
    /// Another image than the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

impl Default for Api {
    fn default() -> Self {
        Self { replicas: one(), resources: Resources::default(), image: None }
    }
}

impl Default for Frontend {
    fn default() -> Self {
        Self { replicas: one(), resources: Resources::default(), image: None }
    }
}

impl Default for Consumers {
    fn default() -> Self {
        Self { replicas: one(), resources: Resources::default() }
    }
}

fn one() -> i32 {
    1
}
