//! The semantics of `NetworkPolicy`: which connections a set of policies lets through. Pure.
//!
//! A connection needs the consent of both ends: an egress rule of a policy that selects the source, and an ingress rule
//! of one that selects the destination. An end that no policy selects for a direction consents to everything. What is
//! outside the cluster has an address only, and no policy.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub(crate) type Labels = BTreeMap<String, String>;

/// One end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) name: String,
    pub(crate) ip: IpAddr,
    /// `None` for what is outside the cluster.
    pub(crate) pod: Option<Pod>,
}

#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) namespace: String,
    pub(crate) namespace_labels: Labels,
    pub(crate) labels: Labels,
    /// Number and protocol of the named ports.
    pub(crate) ports: BTreeMap<String, (u16, String)>,
}

/// What is asked of the destination.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Service {
    pub(crate) protocol: &'static str,
    pub(crate) port: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ingress,
    Egress,
}

/// True if `from` may open a connection to `service` of `to`.
pub(crate) fn allows(policies: &[NetworkPolicy], from: &Endpoint, to: &Endpoint, service: &Service) -> bool {
    consents(policies, Direction::Egress, from, to, to, service)
        && consents(policies, Direction::Ingress, to, from, to, service)
}

/// Whether the policies of `own` let it talk to `other`; ports are those of `destination`.
fn consents(
    policies: &[NetworkPolicy],
    direction: Direction,
    own: &Endpoint,
    other: &Endpoint,
    destination: &Endpoint,
    service: &Service,
) -> bool {
    let Some(pod) = &own.pod else { return true };
    let isolating: Vec<_> =
        policies.iter().filter(|policy| selects(policy, pod) && isolates(policy, direction)).collect();
    let allowed = |policy: &&NetworkPolicy| {
        rules(policy, direction).into_iter().any(|(peers, ports)| {
            let peer = peers.is_empty() || peers.iter().any(|peer| is_peer(peer, &pod.namespace, other));
            let port = ports.is_empty() || ports.iter().any(|port| is_port(port, destination, service));
            peer && port
        })
    };
    isolating.is_empty() || isolating.iter().any(allowed)
}

/// True if the policy is about this pod.
pub(crate) fn selects(policy: &NetworkPolicy, pod: &Pod) -> bool {
    let selector = policy.spec.as_ref().and_then(|spec| spec.pod_selector.as_ref());
    policy.metadata.namespace.as_deref() == Some(&pod.namespace)
        && selector.is_none_or(|selector| matches(selector, &pod.labels))
}

/// Ingress always unless the types say otherwise; egress if there are egress rules, or the types say so.
fn isolates(policy: &NetworkPolicy, direction: Direction) -> bool {
    let Some(spec) = &policy.spec else { return false };
    match (&spec.policy_types, direction) {
        (Some(types), Direction::Ingress) => types.iter().any(|type_| type_ == "Ingress"),
        (Some(types), Direction::Egress) => types.iter().any(|type_| type_ == "Egress"),
        (None, Direction::Ingress) => true,
        (None, Direction::Egress) => spec.egress.as_ref().is_some_and(|rules| !rules.is_empty()),
    }
}

type Rule<'a> = (&'a [NetworkPolicyPeer], &'a [NetworkPolicyPort]);

fn rules(policy: &NetworkPolicy, direction: Direction) -> Vec<Rule<'_>> {
    let Some(spec) = &policy.spec else { return Vec::new() };
    match direction {
        Direction::Ingress => ingress(spec),
        Direction::Egress => egress(spec),
    }
}

fn ingress(spec: &NetworkPolicySpec) -> Vec<Rule<'_>> {
    let rules = spec.ingress.as_deref().unwrap_or_default().iter();
    rules
        .map(|rule| (rule.from.as_deref().unwrap_or_default(), rule.ports.as_deref().unwrap_or_default()))
        .collect()
}

fn egress(spec: &NetworkPolicySpec) -> Vec<Rule<'_>> {
    let rules = spec.egress.as_deref().unwrap_or_default().iter();
    rules
        .map(|rule| (rule.to.as_deref().unwrap_or_default(), rule.ports.as_deref().unwrap_or_default()))
        .collect()
}

/// A block is about addresses; selectors are about pods, of the policy's namespace unless namespaces are selected.
fn is_peer(peer: &NetworkPolicyPeer, namespace: &str, other: &Endpoint) -> bool {
    if let Some(block) = &peer.ip_block {
        return is_in(block, other.ip);
    }
    let Some(pod) = &other.pod else { return false };
    let of_namespace = match &peer.namespace_selector {
        Some(selector) => matches(selector, &pod.namespace_labels),
        None => pod.namespace == namespace,
    };
    of_namespace && peer.pod_selector.as_ref().is_none_or(|selector| matches(selector, &pod.labels))
}

fn is_in(block: &IPBlock, ip: IpAddr) -> bool {
    let except = block.except.as_deref().unwrap_or_default();
    contains(&block.cidr, ip) && !except.iter().any(|cidr| contains(cidr, ip))
}

fn contains(cidr: &str, ip: IpAddr) -> bool {
    let Some((base, length)) = cidr.split_once('/') else { return false };
    let (Ok(base), Ok(length)) = (base.parse::<IpAddr>(), length.parse::<u32>()) else { return false };
    match (base, ip) {
        (IpAddr::V4(base), IpAddr::V4(ip)) => {
            let differing = u32::from(base) ^ u32::from(ip);
            differing.leading_zeros() >= length
        }
        (IpAddr::V6(base), IpAddr::V6(ip)) => {
            let differing = u128::from(base) ^ u128::from(ip);
            differing.leading_zeros() >= length
        }
        _ => false,
    }
}

/// A named port is the one the destination pod calls so.
fn is_port(wanted: &NetworkPolicyPort, destination: &Endpoint, service: &Service) -> bool {
    let protocol = wanted.protocol.as_deref().unwrap_or("TCP");
    let number = match &wanted.port {
        None => true,
        Some(IntOrString::Int(first)) => {
            let last = wanted.end_port.unwrap_or(*first);
            (*first..=last).contains(&i32::from(service.port))
        }
        Some(IntOrString::String(name)) => {
            let named = destination.pod.as_ref().and_then(|pod| pod.ports.get(name));
            named.is_some_and(|(number, protocol)| *number == service.port && protocol == service.protocol)
        }
    };
    protocol == service.protocol && number
}

pub(crate) fn matches(selector: &LabelSelector, labels: &Labels) -> bool {
    let equal = selector.match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    equal && selector.match_expressions.iter().flatten().all(|requirement| meets(requirement, labels))
}

fn meets(requirement: &LabelSelectorRequirement, labels: &Labels) -> bool {
    let value = labels.get(&requirement.key);
    let listed = value.is_some_and(|value| requirement.values.iter().flatten().any(|known| known == value));
    match requirement.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        other => panic!("unknown operator {other}"),
    }
}
