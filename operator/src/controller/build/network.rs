//! Network policies: nothing is allowed but the edges of one table, DNS included.

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer,
    NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use phasma_domain::contract::ports;

use super::meta;
use super::monitoring;
use super::names::{Component, Stage, Target};
use super::object::{Kind, Object};
use super::pod::selector;
use super::unusable;
use crate::controller::model::{Place, Platform};

/// Who calls whom, on which port. A store that the platform doesn't run is called where it is instead.
const EDGES: [(Component, Component, u16); 26] = [
    (Component::Redpanda, Component::Redpanda, ports::BROKER_RPC),
    (Component::BrokerUsers, Component::Redpanda, ports::BROKER),
    (Component::BrokerUsers, Component::Redpanda, ports::BROKER_ADMIN),
    (Component::Check(Target::Database), Component::Postgres, ports::POSTGRES),
    (Component::Check(Target::Cache), Component::Dragonfly, ports::CACHE),
    (Component::Check(Target::ObjectStorage), Component::Seaweedfs, ports::S3),
    (Component::Check(Target::Search), Component::Meilisearch, ports::SEARCH),
    (Component::Check(Target::Broker), Component::Redpanda, ports::BROKER),
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

const DNS: i32 = 53;

/// The data services that a component calls.
pub(super) fn called(component: Component) -> impl Iterator<Item = Target> {
    EDGES.into_iter().filter(move |&(from, ..)| from == component).filter_map(|(_, to, _)| Target::of(to))
}

pub(super) fn policies(platform: &Platform) -> Vec<Object> {
    if !platform.network_policy {
        return Vec::new();
    }
    let components = platform.components();
    let of = |component: &Component| policy(platform, &components, *component);
    // Where an external service is unknown for now, the policy that is there stays: what runs keeps its connections.
    let known = components.iter().filter(|component| unusable(platform, **component).next().is_none());
    std::iter::once(default_deny(platform)).chain(known.map(of)).collect()
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
    egress.extend(called(component).filter_map(|target| external_rule(platform, target)));
    if !egress.is_empty() {
        egress.push(dns_rule());
    }
    let spec = spec(selector(platform, component), ingress, egress);
    object(platform, Some(component), platform.names.of(component), spec)
}

/// Policies know no host names, so an external service is reached by its ports, anywhere or where the resource says.
fn external_rule(platform: &Platform, target: Target) -> Option<NetworkPolicyEgressRule> {
    let Place::Reached(ports) = platform.place(target) else { return None };
    let block = |cidr: &String| NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: cidr.clone(), except: None }),
        ..NetworkPolicyPeer::default()
    };
    let blocks: Vec<_> = platform.external_cidrs.iter().map(block).collect();
    Some(NetworkPolicyEgressRule {
        to: (!blocks.is_empty()).then_some(blocks),
        ports: Some(ports.into_iter().map(|number| port("TCP", i32::from(number))).collect()),
    })
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
