//! What Prometheus is told about the platform.

use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// Objects of the Prometheus operator (`monitoring.coreos.com/v1`), made once the cluster has these kinds.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Monitoring {
    /// Have Prometheus scrape API, relay, consumers, Redpanda Connect and Redpanda: a PodMonitor each.
    #[serde(default)]
    pub pod_monitor: bool,
    /// Have Prometheus watch the platform's alerts: a PrometheusRule. They need the metrics of `podMonitor`, and
    /// those of the operator.
    #[serde(default)]
    pub prometheus_rule: bool,
    /// Namespace that Prometheus runs in. The network policies let it reach the metrics, and nobody else.
    #[serde(default = "namespace")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: String,
    /// Further labels of these objects, for a Prometheus that selects by label, e.g. `release: prometheus`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16))]
    pub labels: BTreeMap<String, String>,
}

impl Default for Monitoring {
    fn default() -> Self {
        Self { pod_monitor: false, prometheus_rule: false, namespace: namespace(), labels: BTreeMap::new() }
    }
}

fn namespace() -> String {
    "monitoring".to_owned()
}
