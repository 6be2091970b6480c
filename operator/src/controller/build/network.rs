//! Network policies: nothing is allowed but the edges of one table, DNS included.

use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use phasma_domain::contract::ports;

use super::meta;
use super::monitoring;
use super::names::{Component, Stage};
use super::object::{Kind, Object};
use super::pod::selector;
use crate::controller::model::{Database, External, Platform};

/// Who calls whom, on which port.
const EDGES: [(Component, Component, u16); 18] = [
    (Component::Migrate, Component::Postgres, ports::POSTGRES),
    (Component::Provision, Component::Postgres, ports::POSTGRES),
    (Component::Provision, Component::Redpanda, ports::BROKER),
    (Component::Provision, Component::Seaweedfs, ports::S3),
    (Component::Provision, Component::Meilisearch, ports::SEARCH),
    (Component::Relay, Component::Postgres, ports::POSTGRES),
    (Component::Relay, Component::Redpanda, ports::BROKER),
    (Component::Consumers, Component::Postgres, ports::POSTGRES),
    (Component::Consumers, Component::Redpanda, ports::BROKER),
    (Component::Consumers, Component::Dragonfly, ports::CACHE),
    (Component::Api, Component::Postgres, ports::POSTGRES),
    (Component::Api, Component::Dragonfly, ports::CACHE),
    (Component::Api, Component::Seaweedfs, ports::S3),
    (Component::Api, Component::Meilisearch, ports::SEARCH),
    (Component::Connect, Component::Redpanda, ports::BROKER),
    (Component::Connect, Component::Meilisearch, ports::SEARCH),
    (Component::Connect, Component::Api, ports::API_INTERNAL),
    (Component::Frontend, Component::Api, ports::API),
];

/// Components that call the database, wherever it is.
const DATABASE_CLIENTS: [Component; 6] = [
    Component::Check,
    Component::Migrate,
    Component::Provision,
    Component::Relay,
    Component::Consumers,
    Component::Api,
];

const DNS: i32 = 53;

pub(super) fn policies(platform: &Platform) -> Vec<Object> {
    if !platform.network_policy {
        return Vec::new();
    }
    let components = platform.components();
    let of = |component: &Component| policy(platform, &components, *component);
    std::iter::once(default_deny(platform)).chain(components.iter().map(of)).collect()
}

fn default_deny(platform: &Platform) -> Object {
    let pod_selector =
        LabelSelector { match_labels: Some(meta::all_pods(platform)), ..LabelSelector::default() };
    object(platform, None, platform.names.default_deny(), spec(pod_selector, Vec::new(), Vec::new()))
}

fn policy(platform: &Platform, components: &[Component], component: Component) -> Object {
    let present = |other: Component| components.contains(&other);
    let incoming = EDGES.iter().filter(|&&(from, to, _)| to == component && present(from));
    let outgoing = EDGES.iter().filter(|&&(from, to, _)| from == component && present(to));
    let mut ingress: Vec<_> =
        incoming.map(|&(from, _, port)| ingress_rule(Some(peer(platform, from)), port)).collect();
    let mut egress: Vec<_> =
        outgoing.map(|&(_, to, port)| egress_rule(Some(peer(platform, to)), port)).collect();
    if component == Component::Frontend {
        ingress.push(ingress_rule(None, ports::FRONTEND));
    }
    ingress.extend(monitoring::scrape_rule(platform, component));
    egress.extend(external_database_rule(platform, component));
    if !egress.is_empty() {
        egress.push(dns_rule());
    }
    let spec = spec(selector(platform, component), ingress, egress);
    object(platform, Some(component), platform.names.of(component), spec)
}

/// Policies know no host names, so an external database is reached by its port, anywhere.
fn external_database_rule(platform: &Platform, component: Component) -> Option<NetworkPolicyEgressRule> {
    match &platform.database {
        Database::External(External::Known(external)) if DATABASE_CLIENTS.contains(&component) => {
            Some(egress_rule(None, external.port))
        }
        _ => None,
    }
}

fn peer(platform: &Platform, component: Component) -> NetworkPolicyPeer {
    NetworkPolicyPeer { pod_selector: Some(selector(platform, component)), ..NetworkPolicyPeer::default() }
}

pub(super) fn ingress_rule(from: Option<NetworkPolicyPeer>, number: u16) -> NetworkPolicyIngressRule {
    NetworkPolicyIngressRule {
        from: from.map(|peer| vec![peer]),
        ports: Some(vec![port("TCP", i32::from(number))]),
    }
}

fn egress_rule(to: Option<NetworkPolicyPeer>, number: u16) -> NetworkPolicyEgressRule {
    NetworkPolicyEgressRule {
        to: to.map(|peer| vec![peer]),
        ports: Some(vec![port("TCP", i32::from(number))]),
    }
}

fn dns_rule() -> NetworkPolicyEgressRule {
    let labels = |name: &str, value: &str| {
        Some(LabelSelector {
            match_labels: Some([(name.to_owned(), value.to_owned())].into()),
            ..LabelSelector::default()
        })
    };
    NetworkPolicyEgressRule {
        to: Some(vec![NetworkPolicyPeer {
            namespace_selector: labels("kubernetes.io/metadata.name", "kube-system"),
            pod_selector: labels("k8s-app", "kube-dns"),
            ..NetworkPolicyPeer::default()
        }]),
        ports: Some(vec![port("UDP", DNS), port("TCP", DNS)]),
    }
}

fn port(protocol: &str, number: i32) -> NetworkPolicyPort {
    NetworkPolicyPort {
        protocol: Some(protocol.to_owned()),
        port: Some(IntOrString::Int(number)),
        ..NetworkPolicyPort::default()
    }
}

fn spec(
    pod_selector: LabelSelector,
    ingress: Vec<NetworkPolicyIngressRule>,
    egress: Vec<NetworkPolicyEgressRule>,
) -> NetworkPolicySpec {
    NetworkPolicySpec {
        pod_selector: Some(pod_selector),
        policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
        ingress: (!ingress.is_empty()).then_some(ingress),
        egress: (!egress.is_empty()).then_some(egress),
    }
}

fn object(
    platform: &Platform,
    component: Option<Component>,
    name: String,
    spec: NetworkPolicySpec,
) -> Object {
    let policy = NetworkPolicy { metadata: meta::owned(platform, component, name), spec: Some(spec) };
    Object::new(Kind::NetworkPolicy, Stage::Foundation, &policy)
}
