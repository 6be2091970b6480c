//! The data services.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::{PodOverrides, Resources, SecretRef, Storage};

/// PostgreSQL: run by the operator (the default), or one you run.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.managed) && has(self.external))")
        .message("choose managed or external, not both"),
    validation = Rule::new("has(self.external) == has(oldSelf.external)")
        .message("external: a platform cannot move between a managed and an external database")
)]
pub struct Database {
    /// A PostgreSQL 18 of one instance with its own volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed: Option<ManagedStore>,
    /// A PostgreSQL 17 or newer with `wal_level=logical`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalDatabase>,
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ExternalDatabase {
    /// Secret with the key `url`: a `postgres://` URL of a role that owns the database and may create roles and
    /// logins with REPLICATION; and, unless the server's certificate is publicly trusted, `ca.crt`.
    pub secret_ref: SecretRef,
}

/// Dragonfly. It keeps nothing on disk.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Cache {
    #[serde(default)]
    pub managed: ManagedCache,
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ManagedCache {
    /// Requests and limits of the container. Four fifths of the memory limit hold data, at least 256Mi.
    #[serde(default)]
    pub resources: Resources,
    /// Where the pod runs, and what is written on it.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
    /// Another image than the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

/// A store with a volume of its own.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ManagedStore {
    #[serde(default)]
    pub storage: Storage,
    /// Requests and limits of the container.
    #[serde(default)]
    pub resources: Resources,
    /// Where the pod runs, and what is written on it.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
    /// Another image than the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

/// SeaweedFS.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ObjectStorage {
    #[serde(default)]
    pub managed: ManagedStore,
}

/// Meilisearch.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.managed) && self.disabled)")
        .message("choose managed or disabled, not both")
)]
pub struct Search {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed: Option<ManagedStore>,
    /// Run no search engine: PostgreSQL answers.
    #[serde(default)]
    pub disabled: bool,
}

/// Redpanda, one broker.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Broker {
    #[serde(default)]
    pub managed: ManagedStore,
}
