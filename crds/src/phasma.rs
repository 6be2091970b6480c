//! The resource itself: group, kind, columns, and the rules that span sections.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::spec::{
    Api, Broker, Cache, Database, DeletionPolicy, Exposure, Frontend, Images, Monitoring, NetworkPolicy,
    ObjectStorage, Pipelines, Search, Signups, Upgrade, Workers,
};
use crate::status::PhasmaStatus;

/// A whole Phasma platform: its stores, its programs, and how people reach it.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "phasma.dev",
    version = "v1alpha1",
    kind = "Phasma",
    namespaced,
    shortname = "ph",
    status = "PhasmaStatus",
    derive = "PartialEq",
    cel,
    doc = "A whole Phasma platform: its stores, its programs, and how people reach it.",
    printcolumn(name = "Version", type_ = "string", json_path = ".status.version.current"),
    printcolumn(
        name = "Available",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Available")].status"#,
        description = "Whether people can use it"
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether all that was asked for is there"
    ),
    printcolumn(
        name = "Status",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        description = "What is awaited, or what is wrong"
    ),
    printcolumn(name = "URL", type_ = "string", json_path = ".status.url"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = Rule::new("size(self.metadata.name) <= 40")
        .message("metadata.name: at most 40 characters, because names of objects are made from it"),
    validation = Rule::new("self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')")
        .message("metadata.name: lower case letters, digits and dashes only, starting with a letter")
)]
#[serde(rename_all = "camelCase")]
pub struct PhasmaSpec {
    /// Version of the application, one that the operator knows. It decides every image, those of the stores included.
    #[schemars(length(min = 1, max = 32))]
    pub version: String,

    /// How the platform goes to another version.
    #[serde(default)]
    pub upgrade: Upgrade,

    /// Stop changing anything. The status is kept fresh.
    #[serde(default)]
    pub paused: bool,

    /// Whether strangers may make accounts.
    #[serde(default)]
    pub signups: Signups,

    /// Where images come from.
    #[serde(default)]
    pub images: Images,

    /// PostgreSQL, the source of truth.
    #[serde(default)]
    pub database: Database,

    /// Cache, rate limits, hints for connected viewers.
    #[serde(default)]
    pub cache: Cache,

    /// Pictures.
    #[serde(default)]
    pub object_storage: ObjectStorage,

    /// Search engine. Without it PostgreSQL answers searches.
    #[serde(default)]
    pub search: Search,

    /// The topics between the database and everything derived from it.
    #[serde(default)]
    pub broker: Broker,

    /// Redpanda Connect: search index and deletion of unused pictures.
    #[serde(default)]
    pub pipelines: Pipelines,

    /// The HTTP API.
    #[serde(default)]
    pub api: Api,

    /// Relay (database to topics) and consumers (feeds, notifications).
    #[serde(default)]
    pub workers: Workers,

    /// The web frontend.
    #[serde(default)]
    pub frontend: Frontend,

    /// How people reach the platform.
    pub exposure: Exposure,

    /// Network policies of the platform's pods.
    #[serde(default)]
    pub network_policy: NetworkPolicy,

    /// What Prometheus is told about the platform.
    #[serde(default)]
    pub monitoring: Monitoring,

    /// What happens to volumes and credentials when the resource is deleted.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}
