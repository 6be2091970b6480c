//! What a cluster's operator may say about pods: a closed set, so that security settings, probes, volumes and commands
//! stay the platform's own.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::NodeAffinity;
use kube::KubeSchema;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where the pods run, and what is written on them.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct PodOverrides {
    /// Labels a node must have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16))]
    pub node_selector: BTreeMap<String, String>,
    /// Taints of nodes that don't keep the pods away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub tolerations: Vec<Toleration>,
    /// Nodes to prefer or require. What pods should be near to or far from is `topologySpreadConstraints`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Affinity>,
    /// How the pods of a workload are spread, instead of evenly over nodes where that is possible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub topology_spread_constraints: Vec<Spread>,
    /// Priority class of the pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub priority_class_name: Option<String>,
    /// Further annotations of the pods. The operator's own can't be replaced.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub annotations: BTreeMap<String, String>,
    /// Further labels of the pods. The operator's own can't be replaced.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub labels: BTreeMap<String, String>,
}

impl PodOverrides {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Nodes to prefer or require.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Affinity {
    /// Nodes to prefer or require, as in a pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(transform = brief)]
    pub node_affinity: Option<NodeAffinity>,
}

/// A taint that doesn't keep the pods away.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.key) || (has(self.operator) && self.operator == 'Exists')")
        .message("key: without one, operator must be Exists"),
    validation = Rule::new("!has(self.value) || !has(self.operator) || self.operator == 'Equal'")
        .message("value: not with operator Exists"),
    validation = Rule::new("!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')")
        .message("tolerationSeconds: only with effect NoExecute")
)]
pub struct Toleration {
    /// Key of the taint; every taint when left out, with operator Exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 317))]
    pub key: Option<String>,
    /// How key and value are compared: `Equal` (when left out) or `Exists`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^(Equal|Exists)$"), length(max = 16))]
    pub operator: Option<String>,
    /// Value of the taint, with operator Equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub value: Option<String>,
    /// Effect of the taint; every effect when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^(NoSchedule|PreferNoSchedule|NoExecute)$"), length(max = 32))]
    pub effect: Option<String>,
    /// How long pods stay on a node that gets such a taint with effect NoExecute; for good when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub toleration_seconds: Option<i64>,
}

/// How the pods of one workload are spread.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// Label of nodes whose values are the places to spread over, e.g. `topology.kubernetes.io/zone`.
    #[schemars(length(min = 1, max = 317))]
    pub topology_key: String,
    /// Largest difference between the numbers of pods of two places.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    pub max_skew: i32,
    /// What to do with a pod when that can't be kept.
    #[serde(default)]
    pub when_unsatisfiable: WhenUnsatisfiable,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
pub enum WhenUnsatisfiable {
    /// Run it where the difference is smallest.
    #[default]
    ScheduleAnyway,
    /// Let it wait.
    DoNotSchedule,
}

impl WhenUnsatisfiable {
    pub fn as_str(self) -> &'static str {
        match self {
            WhenUnsatisfiable::ScheduleAnyway => "ScheduleAnyway",
            WhenUnsatisfiable::DoNotSchedule => "DoNotSchedule",
        }
    }
}

fn one() -> i32 {
    1
}

/// Keeps the first sentence of Kubernetes' own descriptions, and none for the items of lists: they come once for each
/// component, and in full they would make the definition too large.
fn brief(schema: &mut Schema) {
    if let Some(schema) = schema.as_object_mut() {
        schema.values_mut().for_each(shorten);
    }
}

fn shorten(value: &mut Value) {
    let Value::Object(map) = value else { return };
    if let Some(Value::String(text)) = map.get_mut("description") {
        let sentence = text.find(". ").map_or(text.len(), |end| end + 1);
        text.truncate(sentence);
    }
    if let Some(items) = map.get_mut("items") {
        undescribed(items);
    }
    map.values_mut().for_each(shorten);
}

fn undescribed(value: &mut Value) {
    let Value::Object(map) = value else { return };
    if map.get("description").is_some_and(Value::is_string) {
        map.remove("description");
    }
    map.values_mut().for_each(undescribed);
}
