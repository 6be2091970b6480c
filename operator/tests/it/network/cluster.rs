//! Endpoints and policies of a rendered platform, and the strangers around it.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::ResourceExt;
use phasma_crds::Phasma;
use phasma_operator::controller::build::object::{Kind, Object};
use phasma_operator::controller::build::{build, leaves};
use phasma_operator::controller::credentials::Credentials;
use phasma_operator::controller::dereference::Dereferenced;
use phasma_operator::controller::pki::Pki;
use phasma_operator::controller::validate::validate;
use serde_json::Value;
use time::OffsetDateTime;

use super::simulator::{Endpoint, Labels, Pod, Service, allows};
use crate::support::{catalogue, phasma};

const NAMESPACE: &str = "photos";

/// A namespace with one platform in it, and the world outside.
pub(super) struct Cluster {
    pub(super) pods: Vec<Endpoint>,
    pub(super) policies: Vec<NetworkPolicy>,
    strangers: Vec<Endpoint>,
    services: BTreeSet<Service>,
}

impl Cluster {
    pub(super) fn new(spec: &Value, external_database: Option<&str>) -> Self {
        let objects = rendered(spec, external_database);
        let pods: Vec<_> = objects.iter().filter_map(endpoint).collect();
        let mut services: BTreeSet<_> = pods.iter().flat_map(ports).collect();
        services.extend([tcp(53), Service { protocol: "UDP", port: 53 }, tcp(443), tcp(5432), tcp(6432)]);
        Self { policies: policies(&objects), pods, strangers: strangers(), services }
    }

    /// Adds the pods and policies of another platform of the same namespace; its pods count as strangers.
    pub(super) fn beside(mut self, name: &str) -> Self {
        let mut other = phasma(&serde_json::json!({}));
        other.metadata.name = Some(name.to_owned());
        let objects = built(other, None);
        self.policies.extend(policies(&objects));
        self.strangers.extend(objects.iter().filter_map(endpoint));
        self
    }

    /// Every connection that is allowed and has one of the platform's pods at an end, e.g. `api -> postgres 5432/TCP`.
    pub(super) fn connections(&self) -> BTreeSet<String> {
        let ends = || self.pods.iter().chain(&self.strangers);
        let mut found = BTreeSet::new();
        for (from, to) in ends().flat_map(|from| ends().map(move |to| (from, to))) {
            let both_foreign = !self.is_own(from) && !self.is_own(to);
            if both_foreign || from.name == to.name {
                continue;
            }
            for service in self.services.iter().filter(|&service| allows(&self.policies, from, to, service)) {
                found.insert(format!("{} -> {} {}/{}", from.name, to.name, service.port, service.protocol));
            }
        }
        found
    }

    fn is_own(&self, endpoint: &Endpoint) -> bool {
        self.pods.iter().any(|own| own.ip == endpoint.ip)
    }
}

fn tcp(port: u16) -> Service {
    Service { protocol: "TCP", port }
}

fn rendered(spec: &Value, external_database: Option<&str>) -> Vec<Object> {
    built(phasma(spec), external_database)
}

fn built(mut phasma: Phasma, external_database: Option<&str>) -> Vec<Object> {
    phasma.metadata.namespace = Some(NAMESPACE.to_owned());
    phasma.metadata.uid = Some("uid".to_owned());
    let instance = phasma.name_any();
    let leaves = leaves(&instance, NAMESPACE);
    let now = OffsetDateTime::now_utc();
    let dereferenced = Dereferenced {
        credentials: Credentials::complete(&BTreeMap::new()),
        pki: Pki::complete(BTreeMap::new(), &leaves, &instance, now).expect("certificates"),
        external: external_database
            .map(|url| ("db".to_owned(), BTreeMap::from([("url".to_owned(), url.to_owned())])))
            .into_iter()
            .collect(),
        live: BTreeMap::new(),
        unusable: BTreeMap::new(),
        pods: Vec::new(),
        complaints: Default::default(),
    };
    build(&validate(&phasma, &dereferenced, &catalogue()).expect("valid"))
}

fn policies(objects: &[Object]) -> Vec<NetworkPolicy> {
    let of_kind = objects.iter().filter(|object| object.kind == Kind::NetworkPolicy);
    of_kind.map(|object| serde_json::from_value(object.value.clone()).expect("a policy")).collect()
}

/// The pod of a workload or Job, called after its component.
fn endpoint(object: &Object) -> Option<Endpoint> {
    let template = object.value.pointer("/spec/template")?;
    let labels: Labels = serde_json::from_value(template["metadata"]["labels"].clone()).expect("labels");
    let name = object.name.strip_prefix("p-").unwrap_or(&object.name);
    // A Job's name ends in a hash.
    let name =
        if object.kind == Kind::Job { name.rsplit_once('-').map_or(name, |(stem, _)| stem) } else { name };
    let containers = template["spec"]["containers"].as_array().into_iter().flatten();
    let ports = containers.filter_map(|container| container["ports"].as_array()).flatten();
    let named = |port: &Value| {
        let number = u16::try_from(port["containerPort"].as_u64().expect("a number")).expect("a port");
        (port["name"].as_str().unwrap_or_default().to_owned(), (number, "TCP".to_owned()))
    };
    let ports = ports.map(named).collect();
    Some(inside(name, NAMESPACE, labels, ports))
}

fn inside(name: &str, namespace: &str, labels: Labels, ports: BTreeMap<String, (u16, String)>) -> Endpoint {
    let metadata_name = ("kubernetes.io/metadata.name".to_owned(), namespace.to_owned());
    let pod =
        Pod { namespace: namespace.to_owned(), namespace_labels: [metadata_name].into(), labels, ports };
    // Any address will do as long as each has its own.
    let digest = name.bytes().fold(7_u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(u16::from(byte)));
    let [high, low] = digest.to_be_bytes();
    Endpoint { name: name.to_owned(), ip: [10, 1, high, low].into(), pod: Some(pod) }
}

fn ports(endpoint: &Endpoint) -> Vec<Service> {
    let pod = endpoint.pod.iter();
    pod.flat_map(|pod| pod.ports.values()).map(|(number, _)| tcp(*number)).collect()
}

fn strangers() -> Vec<Endpoint> {
    let label = |key: &str, value: &str| Labels::from([(key.to_owned(), value.to_owned())]);
    vec![
        inside("DNS", "kube-system", label("k8s-app", "kube-dns"), BTreeMap::new()),
        inside("impostor", NAMESPACE, label("k8s-app", "kube-dns"), BTreeMap::new()),
        inside("neighbour", NAMESPACE, label("app", "other"), BTreeMap::new()),
        inside("ingress-controller", "ingress", label("app", "ingress"), BTreeMap::new()),
        inside("api of elsewhere", "elsewhere", label("app.kubernetes.io/component", "api"), BTreeMap::new()),
        inside("prometheus", "monitoring", label("app", "prometheus"), BTreeMap::new()),
        Endpoint { name: "internet".to_owned(), ip: [203, 0, 113, 9].into(), pod: None },
    ]
}
