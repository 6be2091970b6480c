//! The simulator against the cases of Kubernetes' documentation of network policies.

use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde_json::{Value, json};

use super::simulator::{Endpoint, Labels, Pod, Service, allows};

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn pod(name: &str, ip: &str, namespace: &str, own: &[(&str, &str)]) -> Endpoint {
    let pod = Pod {
        namespace: namespace.to_owned(),
        namespace_labels: labels(&[("kubernetes.io/metadata.name", namespace), ("project", namespace)]),
        labels: labels(own),
        ports: [("http".to_owned(), (8080, "TCP".to_owned()))].into(),
    };
    Endpoint { name: name.to_owned(), ip: ip.parse().expect("an address"), pod: Some(pod) }
}

fn outside(ip: &str) -> Endpoint {
    Endpoint { name: ip.to_owned(), ip: ip.parse().expect("an address"), pod: None }
}

fn db() -> Endpoint {
    pod("db", "10.1.0.1", "default", &[("role", "db")])
}

fn frontend() -> Endpoint {
    pod("frontend", "10.1.0.2", "default", &[("role", "frontend")])
}

fn other() -> Endpoint {
    pod("other", "10.1.0.3", "default", &[("role", "other")])
}

fn of_project() -> Endpoint {
    pod("of project", "10.1.0.4", "myproject", &[("role", "other")])
}

fn policy(spec: &Value) -> NetworkPolicy {
    let object = json!({"metadata": {"name": "test", "namespace": "default"}, "spec": spec});
    serde_json::from_value(object).expect("a policy")
}

fn tcp(port: u16) -> Service {
    Service { protocol: "TCP", port }
}

fn udp(port: u16) -> Service {
    Service { protocol: "UDP", port }
}

fn allowed(spec: &Value, from: &Endpoint, to: &Endpoint, service: &Service) -> bool {
    allows(&[policy(spec)], from, to, service)
}

#[test]
fn without_a_policy_everything_is_allowed() {
    assert!(allows(&[], &other(), &db(), &tcp(1)));
    assert!(allows(&[], &db(), &outside("1.1.1.1"), &udp(1)));
}

/// The example at the top of the page.
fn example() -> Value {
    json!({
        "podSelector": {"matchLabels": {"role": "db"}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{
            "from": [
                {"ipBlock": {"cidr": "172.17.0.0/16", "except": ["172.17.1.0/24"]}},
                {"namespaceSelector": {"matchLabels": {"project": "myproject"}}},
                {"podSelector": {"matchLabels": {"role": "frontend"}}},
            ],
            "ports": [{"protocol": "TCP", "port": 6379}],
        }],
        "egress": [{
            "to": [{"ipBlock": {"cidr": "10.0.0.0/24"}}],
            "ports": [{"protocol": "TCP", "port": 5978}],
        }],
    })
}

#[test]
fn the_example_of_the_documentation_isolates_the_database() {
    for (from, port, expected) in [
        (frontend(), 6379, true),
        (frontend(), 6380, false),
        (of_project(), 6379, true),
        (other(), 6379, false),
        (outside("172.17.0.1"), 6379, true),
        (outside("172.17.1.1"), 6379, false),
        (outside("172.18.0.1"), 6379, false),
    ] {
        assert_eq!(allowed(&example(), &from, &db(), &tcp(port)), expected, "{} {port}", from.name);
    }
    for (to, service, expected) in [
        (outside("10.0.0.9"), tcp(5978), true),
        (outside("10.0.0.9"), udp(5978), false),
        (outside("10.0.0.9"), tcp(5979), false),
        (outside("10.0.1.9"), tcp(5978), false),
        (frontend(), tcp(5978), false),
    ] {
        assert_eq!(allowed(&example(), &db(), &to, &service), expected, "{} {service:?}", to.name);
    }
    // Others are not isolated by it.
    assert!(allowed(&example(), &other(), &frontend(), &tcp(1)));
}

#[test]
fn two_selectors_in_one_peer_must_both_match_and_in_two_peers_either() {
    let namespace = json!({"matchLabels": {"project": "myproject"}});
    let client = json!({"matchLabels": {"role": "frontend"}});
    let both = json!({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": namespace, "podSelector": client}]}]});
    let either = json!({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": namespace}, {"podSelector": client}]}]});
    for (from, by_both, by_either) in
        [(of_project(), false, true), (frontend(), false, true), (other(), false, false)]
    {
        assert_eq!(allowed(&both, &from, &db(), &tcp(1)), by_both, "{}", from.name);
        assert_eq!(allowed(&either, &from, &db(), &tcp(1)), by_either, "{}", from.name);
    }
    let there = pod("there", "10.1.0.5", "myproject", &[("role", "frontend")]);
    assert!(allowed(&both, &there, &db(), &tcp(1)));
}

#[test]
fn the_default_policies_of_the_documentation() {
    let deny_ingress = json!({"podSelector": {}, "policyTypes": ["Ingress"]});
    let allow_ingress = json!({"podSelector": {}, "ingress": [{}], "policyTypes": ["Ingress"]});
    let deny_egress = json!({"podSelector": {}, "policyTypes": ["Egress"]});
    let allow_egress = json!({"podSelector": {}, "egress": [{}], "policyTypes": ["Egress"]});
    let deny_all = json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]});
    let far = outside("1.1.1.1");
    for (spec, incoming, outgoing) in [
        (&deny_ingress, false, true),
        (&allow_ingress, true, true),
        (&deny_egress, true, false),
        (&allow_egress, true, true),
        (&deny_all, false, false),
    ] {
        assert_eq!(allowed(spec, &far, &db(), &tcp(1)), incoming, "{spec}");
        assert_eq!(allowed(spec, &db(), &far, &tcp(1)), outgoing, "{spec}");
    }
    // Rules add up: what one policy allows, another does not take back.
    let both = [policy(&deny_ingress), policy(&allow_ingress)];
    assert!(allows(&both, &far, &db(), &tcp(1)));
}

#[test]
fn both_ends_must_consent() {
    let out =
        policy(&json!({"podSelector": {"matchLabels": {"role": "frontend"}}, "policyTypes": ["Egress"],
                             "egress": [{"to": [{"podSelector": {"matchLabels": {"role": "db"}}}]}]}));
    let deny = policy(&json!({"podSelector": {"matchLabels": {"role": "db"}}, "policyTypes": ["Ingress"]}));
    assert!(allows(std::slice::from_ref(&out), &frontend(), &db(), &tcp(1)));
    assert!(!allows(std::slice::from_ref(&deny), &frontend(), &db(), &tcp(1)));
    assert!(!allows(&[out.clone(), deny], &frontend(), &db(), &tcp(1)));
    assert!(!allows(&[out], &frontend(), &other(), &tcp(1)));
}

#[test]
fn types_left_out_follow_the_rules() {
    let ingress_only = json!({"podSelector": {}, "ingress": [{}]});
    let with_egress = json!({"podSelector": {}, "egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}]});
    let far = outside("1.1.1.1");
    assert!(allowed(&ingress_only, &db(), &far, &tcp(1)));
    assert!(!allowed(&with_egress, &db(), &far, &tcp(1)));
    assert!(allowed(&with_egress, &db(), &far, &udp(53)));
    assert!(!allowed(&with_egress, &far, &db(), &tcp(1)), "ingress is denied too");
}

#[test]
fn ports_may_be_ranges_names_or_any_of_a_protocol() {
    let to =
        |ports: &Value| json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": ports}]});
    let range = to(&json!([{"port": 32000, "endPort": 32768, "protocol": "TCP"}]));
    for (port, expected) in [(31999, false), (32000, true), (32768, true), (32769, false)] {
        assert_eq!(allowed(&range, &db(), &outside("1.1.1.1"), &tcp(port)), expected, "{port}");
    }
    let named = to(&json!([{"port": "http"}]));
    assert!(allowed(&named, &db(), &other(), &tcp(8080)));
    assert!(!allowed(&named, &db(), &other(), &tcp(80)));
    assert!(!allowed(&named, &db(), &other(), &udp(8080)));
    assert!(!allowed(&named, &db(), &outside("1.1.1.1"), &tcp(8080)), "only pods have named ports");
    let any = to(&json!([{"protocol": "UDP"}]));
    assert!(allowed(&any, &db(), &other(), &udp(9)) && !allowed(&any, &db(), &other(), &tcp(9)));
}

#[test]
fn selectors_know_expressions() {
    let of = |operator: &str, values: &Value| {
        json!({"podSelector": {"matchExpressions": [{"key": "role", "operator": operator, "values": values}]},
               "policyTypes": ["Ingress"]})
    };
    let plain = pod("plain", "10.1.0.6", "default", &[]);
    for (spec, selects_db, selects_plain) in [
        (of("In", &json!(["db", "x"])), true, false),
        (of("NotIn", &json!(["db"])), false, true),
        (of("Exists", &json!(null)), true, false),
        (of("DoesNotExist", &json!(null)), false, true),
    ] {
        assert_eq!(!allowed(&spec, &other(), &db(), &tcp(1)), selects_db, "{spec}");
        assert_eq!(!allowed(&spec, &other(), &plain, &tcp(1)), selects_plain, "{spec}");
    }
}

#[test]
fn a_policy_is_about_its_own_namespace() {
    let deny = json!({"podSelector": {}, "policyTypes": ["Ingress"]});
    assert!(allowed(&deny, &db(), &of_project(), &tcp(1)));
    // A pod selector alone means pods of the policy's namespace.
    let from_other = json!({"podSelector": {}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"role": "other"}}}]}]});
    assert!(allowed(&from_other, &other(), &db(), &tcp(1)));
    assert!(!allowed(&from_other, &of_project(), &db(), &tcp(1)));
}

#[test]
fn blocks_are_of_one_address_family() {
    let six = json!({"podSelector": {}, "policyTypes": ["Egress"],
                     "egress": [{"to": [{"ipBlock": {"cidr": "2001:db8::/32", "except": ["2001:db8:1::/48"]}}]}]});
    assert!(allowed(&six, &db(), &outside("2001:db8::1"), &tcp(1)));
    assert!(!allowed(&six, &db(), &outside("2001:db8:1::1"), &tcp(1)));
    assert!(!allowed(&six, &db(), &outside("1.1.1.1"), &tcp(1)));
    let all = json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]});
    assert!(allowed(&all, &db(), &outside("1.1.1.1"), &tcp(1)));
}
