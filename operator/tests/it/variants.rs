//! Resources that between them make every object the operator can render. A new field that makes objects belongs here.

use k8s_openapi::api::core::v1::Secret;
use kube::api::{Patch, PatchParams};
use phasma_crds::Phasma;
use phasma_operator::controller::build::build;
use phasma_operator::controller::build::object::Object;
use phasma_operator::controller::dereference::dereference;
use phasma_operator::controller::validate::validate;
use serde_json::{Value, json};

use crate::support::{World, catalogue};

/// A spec, and the Secrets it names.
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    pub(crate) spec: Value,
    secrets: Vec<(&'static str, Value)>,
}

pub(crate) fn all() -> Vec<Variant> {
    vec![default(), external_database(), ingress(), everything()]
}

/// The smallest resource.
pub(crate) fn default() -> Variant {
    Variant { name: "default", spec: json!({}), secrets: Vec::new() }
}

pub(crate) fn external_database() -> Variant {
    let url = json!({"url": "postgres://owner:pw@db.example:6432/phasma", "ca.crt": "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"});
    Variant {
        name: "external database",
        spec: json!({"database": {"external": {"secretRef": {"name": "db"}}}}),
        secrets: vec![("db", url)],
    }
}

/// The way in that excludes a gateway.
pub(crate) fn ingress() -> Variant {
    let ingress = json!({"className": "nginx", "annotations": {"example.org/issuer": "one"},
                         "tls": {"secretName": "photos-tls"}});
    Variant {
        name: "ingress",
        spec: json!({"exposure": {"url": "https://photos.example.org", "ingress": ingress}}),
        secrets: Vec::new(),
    }
}

/// Every option that adds an object or a field.
pub(crate) fn everything() -> Variant {
    let resources = |cpu: &str, memory: &str| json!({"limits": {"cpu": cpu, "memory": memory}});
    let storage = json!({"size": "2Gi", "storageClassName": "fast"});
    Variant {
        name: "everything",
        spec: json!({
            "signups": "Closed",
            "images": {"registry": "registry.example/phasma", "pullPolicy": "Always",
                       "pullSecrets": [{"name": "pull"}]},
            "database": {"managed": {"storage": storage, "resources": resources("1.5", "1024Mi"),
                                     "parameters": {"work_mem": "16MB", "max_connections": "400"}}},
            "cache": {"managed": {"image": "cache.example/dragonfly:1", "resources": resources("0.5", "0.5Gi")}},
            "objectStorage": {"managed": {"storage": storage}},
            "search": {"managed": {"storage": storage}},
            "broker": {"managed": {"storage": storage}},
            "api": {
                "autoscaling": {"minReplicas": 2, "maxReplicas": 5},
                "config": {"log": "info,sqlx=debug", "databaseConnections": 32,
                           "rateLimits": {"read": "240/4", "strict": "50/5"}},
                "resources": resources("1500m", "1Gi"),
                "podOverrides": {
                    "labels": {"team": "photos"}, "annotations": {"example.org/note": "one"},
                    "nodeSelector": {"disk": "fast"}, "priorityClassName": "important",
                    "tolerations": [{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}],
                    "topologySpreadConstraints": [{"topologyKey": "topology.kubernetes.io/zone"}],
                },
            },
            "workers": {"consumers": {"replicas": 3}, "relay": {"resources": resources("1", "128M")}},
            "frontend": {"replicas": 2},
            "exposure": {
                "url": "https://photos.example.org",
                "service": {"type": "LoadBalancer"},
                "gateway": {"parentRefs": [{"name": "public", "namespace": "gateways"}]},
                "trustedProxies": ["10.0.0.0/8"],
            },
            "monitoring": {"podMonitor": true, "prometheusRule": true, "labels": {"release": "prometheus"}},
        }),
        secrets: Vec::new(),
    }
}

impl Variant {
    /// Makes the Secrets and the resource.
    pub(crate) async fn create(&self, world: &World) {
        for (name, data) in &self.secrets {
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
                                "stringData": data});
            let params = PatchParams::apply("test");
            world.api::<Secret>().patch(name, &params, &Patch::Apply(secret)).await.expect("a secret");
        }
        world.create(&self.spec).await.expect("created");
    }

    pub(crate) async fn settled(&self) -> World {
        let world = World::new().await;
        self.create(&world).await;
        world.settle().await;
        world
    }
}

/// What the operator wants in this namespace.
pub(crate) async fn desired(world: &World) -> Vec<Object> {
    let phasma: Phasma = world.phasma().await;
    let dereferenced = dereference(&world.client, &phasma).await.expect("read");
    build(&validate(&phasma, &dereferenced, &catalogue()).expect("valid"))
}
