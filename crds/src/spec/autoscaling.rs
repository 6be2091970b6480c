//! How many pods a workload has when their load decides.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// A HorizontalPodAutoscaler. It needs the cluster's metrics server. Whoever sets the number of pods by hand or by
/// another autoscaler is left alone, too.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.minReplicas <= self.maxReplicas")
        .message("minReplicas: must not be more than maxReplicas")
)]
pub struct Autoscaling {
    /// Fewest pods. From 2 on, drains of nodes take one pod at a time.
    #[schemars(range(min = 1, max = 100))]
    pub min_replicas: i32,
    /// Most pods.
    #[schemars(range(min = 1, max = 100))]
    pub max_replicas: i32,
    /// Average processor use to aim for, in per cent of what the pods request.
    #[serde(rename = "targetCPUUtilization", default = "target")]
    #[schemars(range(min = 1, max = 1000))]
    pub target_cpu_utilization: i32,
}

fn target() -> i32 {
    80
}
