//! The component graph, written down here once more, is exactly what the policies allow. Whoever adds a component, a
//! port or an external service adds its edges to a table below.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cluster::Cluster;
use super::simulator::selects;

/// Who calls what the operator runs, but for the database.
const INSIDE: [&str; 15] = [
    "users -> redpanda 9092/TCP",
    "users -> redpanda 9644/TCP",
    "provision -> redpanda 9092/TCP",
    "provision -> seaweedfs 8333/TCP",
    "provision -> meilisearch 7700/TCP",
    "relay -> redpanda 9092/TCP",
    "consumers -> redpanda 9092/TCP",
    "consumers -> dragonfly 6379/TCP",
    "api -> dragonfly 6379/TCP",
    "api -> seaweedfs 8333/TCP",
    "api -> meilisearch 7700/TCP",
    "connect -> redpanda 9092/TCP",
    "connect -> meilisearch 7700/TCP",
    "connect -> api 8081/TCP",
    "frontend -> api 8080/TCP",
];

/// Who calls the database, wherever it is.
const OF_DATABASE: [&str; 5] = ["migrate", "provision", "relay", "consumers", "api"];

/// Anyone may reach the frontend.
const CALLERS: [&str; 7] =
    ["impostor", "neighbour", "ingress-controller", "api of elsewhere", "internet", "DNS", "prometheus"];

/// Where a connection that may go anywhere can end.
const ANYWHERE: [&str; 7] = CALLERS;

fn managed_database() -> BTreeSet<String> {
    OF_DATABASE.map(|from| format!("{from} -> postgres 5432/TCP")).into()
}

/// Policies know no host names: an external database is a port, anywhere.
fn external_database(port: u16) -> BTreeSet<String> {
    let clients = OF_DATABASE.into_iter().chain(["check"]);
    clients.flat_map(|from| ANYWHERE.map(|to| format!("{from} -> {to} {port}/TCP"))).collect()
}

fn graph(database: BTreeSet<String>) -> BTreeSet<String> {
    let mut edges = database;
    edges.extend(INSIDE.map(str::to_owned));
    edges.extend(CALLERS.map(|from| format!("{from} -> frontend 3000/TCP")));
    // Whoever calls by name asks for it.
    let mut callers: BTreeSet<String> = edges.iter().filter_map(|edge| own_caller(edge)).collect();
    // Brokers call each other.
    callers.insert("redpanda".to_owned());
    edges.extend(callers.iter().flat_map(|from| ["TCP", "UDP"].map(|by| format!("{from} -> DNS 53/{by}"))));
    edges
}

fn own_caller(edge: &str) -> Option<String> {
    let (from, _) = edge.split_once(" -> ")?;
    (!CALLERS.contains(&from)).then(|| from.to_owned())
}

fn without_search(edges: BTreeSet<String>) -> BTreeSet<String> {
    edges.into_iter().filter(|edge| !edge.contains("meilisearch")).collect()
}

fn assert_graph(cluster: &Cluster, expected: &BTreeSet<String>) {
    let found = cluster.connections();
    let surplus: Vec<_> = found.difference(expected).collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(
        surplus.is_empty() && missing.is_empty(),
        "allowed but not in the graph: {surplus:#?}\nin the graph but refused: {missing:#?}"
    );
}

#[test]
fn with_a_managed_database_the_graph_is_what_is_allowed() {
    assert_graph(&Cluster::new(&json!({}), None), &graph(managed_database()));
}

#[test]
fn with_an_external_database_the_graph_is_what_is_allowed() {
    let cluster = Cluster::new(&external_spec(), Some("postgres://owner:pw@db.example:6432/phasma"));
    assert_graph(&cluster, &graph(external_database(6432)));
}

#[test]
fn without_a_search_engine_nothing_may_go_there() {
    let cluster = Cluster::new(&json!({"search": {"disabled": true}}), None);
    assert_graph(&cluster, &without_search(graph(managed_database())));
}

#[test]
fn with_monitoring_metrics_may_be_read_from_its_namespace_alone() {
    let monitoring = json!({"monitoring": {"podMonitor": true, "namespace": "monitoring"}});
    let mut expected = graph(managed_database());
    let scraped = ["api 8080", "relay 9090", "consumers 9090", "connect 4195", "redpanda 9644"];
    expected.extend(scraped.map(|to| format!("prometheus -> {to}/TCP")));
    assert_graph(&Cluster::new(&monitoring, None), &expected);
}

#[test]
fn platforms_of_one_namespace_do_not_reach_each_other() {
    let cluster = Cluster::new(&json!({}), None).beside("q");
    let mut between = cluster.connections();
    between.retain(|edge| edge.contains("q-"));
    assert_eq!(between, BTreeSet::new());
}

#[test]
fn every_pod_is_denied_everything_by_default() {
    for cluster in
        [Cluster::new(&json!({}), None), Cluster::new(&external_spec(), Some("postgres://u:p@h/d"))]
    {
        let denies = |policy: &&k8s_openapi::api::networking::v1::NetworkPolicy| {
            policy.metadata.name.as_deref() == Some("p-default-deny")
        };
        let deny = cluster.policies.iter().find(denies).expect("the policy");
        let spec = deny.spec.as_ref().expect("a spec");
        assert!(spec.ingress.is_none() && spec.egress.is_none());
        assert_eq!(spec.policy_types, Some(vec!["Ingress".to_owned(), "Egress".to_owned()]));
        assert!(cluster.pods.len() > 11, "{}", cluster.pods.len());
        for endpoint in &cluster.pods {
            let pod = endpoint.pod.as_ref().expect("a pod");
            assert!(selects(deny, pod), "{}", endpoint.name);
        }
    }
}

fn external_spec() -> Value {
    json!({"database": {"external": {"secretRef": {"name": "db"}}}})
}
