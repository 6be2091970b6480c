//! How people reach the platform.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The public address and the Service behind it.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Exposure {
    /// Address people type, scheme and host with port if any, e.g. `https://photos.example.org`. Requests from other
    /// origins are refused, and `https` makes cookies `Secure`.
    #[schemars(length(max = 255), regex(pattern = r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$"))]
    pub url: String,
    /// Service of the frontend.
    #[serde(default)]
    pub service: ExposureService,
}

/// Service of the frontend. An Ingress or a load balancer of your own points to it.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.nodePort) || self.type == 'NodePort'")
        .message("nodePort: only with type NodePort")
)]
pub struct ExposureService {
    #[serde(default, rename = "type")]
    pub type_: ServiceType,
    /// Fixed port on every node, with type NodePort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub node_port: Option<i32>,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
pub enum ServiceType {
    #[default]
    ClusterIP,
    NodePort,
    LoadBalancer,
}

impl ServiceType {
    pub fn as_str(self) -> &'static str {
        match self {
            ServiceType::ClusterIP => "ClusterIP",
            ServiceType::NodePort => "NodePort",
            ServiceType::LoadBalancer => "LoadBalancer",
        }
    }
}
