//! Settings that concern the whole platform.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SecretRef;

/// Whether strangers may make accounts.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
pub enum Signups {
    #[default]
    Open,
    Closed,
}

/// What happens to volumes and credentials when the resource is deleted.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
pub enum DeletionPolicy {
    /// They stay, and a resource of the same name takes them over.
    #[default]
    Retain,
    /// They go with the resource.
    Delete,
}

/// How the platform goes from one version to another.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(
        "!has(self.progressDeadline) || duration(self.progressDeadline) >= duration('30s') \
         && duration(self.progressDeadline) <= duration('24h')"
    )
    .message("progressDeadline: between 30s and 24h, such as 90s or 15m")
)]
pub struct Upgrade {
    /// `Manual` waits, says what would restart, and goes on when the annotation `phasma.dev/approve` names the version.
    #[serde(default)]
    pub strategy: UpgradeStrategy,
    /// How long a component may take to get ready before what was rolled out last is given up, such as `90s` or `15m`;
    /// `10m` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^([0-9]{1,3}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?$"))]
    pub progress_deadline: Option<String>,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
pub enum UpgradeStrategy {
    #[default]
    Automatic,
    Manual,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
pub enum PullPolicy {
    Always,
    #[default]
    IfNotPresent,
    Never,
}

impl PullPolicy {
    pub fn as_str(self) -> &'static str {
        match self {
            PullPolicy::Always => "Always",
            PullPolicy::IfNotPresent => "IfNotPresent",
            PullPolicy::Never => "Never",
        }
    }
}

/// Where images come from.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Images {
    /// Registry and path of the platform's own images, e.g. `registry.example.org/phasma`. The operator's catalogue
    /// names the default. Images of stores are overridden one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub registry: Option<String>,

    /// When nodes pull images.
    #[serde(default)]
    pub pull_policy: PullPolicy,

    /// Secrets of type `kubernetes.io/dockerconfigjson` that pods pull with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub pull_secrets: Vec<SecretRef>,
}

/// Network policies of the platform's pods.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.externalCIDRs) || self.externalCIDRs.all(range, isCIDR(range))")
        .message("externalCIDRs: expected ranges of addresses, such as 10.20.0.0/16")
)]
pub struct NetworkPolicy {
    /// Deny all traffic of the platform's pods but what the platform itself needs.
    #[serde(default = "yes")]
    pub enabled: bool,

    /// Ranges of addresses where external services are, e.g. `10.20.0.0/16`. Policies know no host names: left out,
    /// external services are reached at any address, by their ports only.
    #[serde(default, rename = "externalCIDRs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 43)))]
    pub external_cidrs: Vec<String>,
}

impl Default for NetworkPolicy {
    fn default() -> Self {
        Self { enabled: true, external_cidrs: Vec::new() }
    }
}

fn yes() -> bool {
    true
}
