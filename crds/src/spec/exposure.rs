//! How people reach the platform.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The public address and the Service behind it.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.ingress) && has(self.gateway))")
        .message("ingress, gateway: choose one, not both"),
    validation = Rule::new("!(has(self.ingress) || has(self.gateway)) || !self.url.matches('^https?://[0-9.]+(:[0-9]+)?$')")
        .message("url: must name a host, not an IP address, for an ingress or a gateway to route by"),
    validation = Rule::new("!has(self.trustedProxies) || self.trustedProxies.all(range, isCIDR(range))")
        .message("trustedProxies: must be address ranges such as 10.0.0.0/8 or fd00::/8")
)]
pub struct Exposure {
    /// Address people type, scheme and host with port if any, e.g. `https://photos.example.org`. Requests from other
    /// origins are refused, and `https` makes cookies `Secure`.
    #[schemars(length(max = 255), regex(pattern = r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$"))]
    pub url: String,
    /// Service of the frontend.
    #[serde(default)]
    pub service: ExposureService,
    /// An Ingress for the host of `url`, made by the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingress: Option<Ingress>,
    /// An HTTPRoute (Gateway API) for the host of `url`, made by the operator once the cluster has this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
    /// Address ranges of the proxies in front of the frontend, e.g. `10.0.0.0/8`: those of the ingress controller's pods.
    /// Their `X-Forwarded-For` and `X-Forwarded-Proto` are believed; without any, the address of who connects counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 64)))]
    pub trusted_proxies: Vec<String>,
}

/// An Ingress for the host of `url`, with every path going to the frontend.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Ingress {
    /// Class of the ingress controller; the cluster's default when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub class_name: Option<String>,
    /// Annotations, e.g. for the controller or for cert-manager.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub annotations: BTreeMap<String, String>,
    /// Encryption at the ingress controller. Leave it out when something in front of it does that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<IngressTls>,
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct IngressTls {
    /// Secret of type `kubernetes.io/tls` with the certificate of the host; cert-manager may make it.
    #[schemars(length(min = 1, max = 253))]
    pub secret_name: String,
}

/// An HTTPRoute for the host of `url`, with every path going to the frontend.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    /// Gateways that shall route to the platform.
    #[schemars(length(min = 1, max = 8))]
    pub parent_refs: Vec<ParentRef>,
}

/// A Gateway, or one of its listeners.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ParentRef {
    /// Name of the Gateway.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Namespace of the Gateway; the resource's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
    /// One listener of the Gateway; all that fit when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub section_name: Option<String>,
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
