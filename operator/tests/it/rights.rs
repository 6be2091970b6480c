//! The chart's rights: exactly what the operator needs, item by item, and enough for all it does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Event, Secret};
use k8s_openapi::api::rbac::v1::PolicyRule;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::{Client, Config, ResourceExt};
use phasma_operator::controller::build::object::Kind;
use serde_json::{Value, json};

use crate::kubelet;
use crate::process::{Operator, kubeconfig};
use crate::support::{World, eventually};

const CARE: [&str; 6] = ["create", "delete", "get", "list", "patch", "watch"];
const LOOK: [&str; 2] = ["list", "watch"];

/// Helm stands beside kubectl among the test API server's programs.
fn helm() -> PathBuf {
    let kubectl =
        std::env::var("KUBECTL").expect("KUBECTL is not set: run these tests by `make test-operator`");
    Path::new(&kubectl).with_file_name("helm")
}

/// The chart's objects for a release in this namespace.
fn rendered(release: &str, namespace: &str, values: &[&str]) -> Vec<Value> {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/phasma-operator");
    let mut command = Command::new(helm());
    command.args(["template", release]).arg(chart).args([
        "--namespace",
        namespace,
        "--kube-version",
        "1.34",
        "--set",
        "crd.install=false",
    ]);
    for value in values {
        command.args(["--set", value]);
    }
    let output = command.output().expect("helm runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let documents = serde_yaml_ng::Deserializer::from_str(&text);
    let objects = documents.map(|document| {
        let object: Value = serde::Deserialize::deserialize(document).expect("YAML");
        object
    });
    objects.filter(|object| !object.is_null()).collect()
}

type Rights = BTreeMap<(String, String), BTreeSet<String>>;

/// `group, resource -> verbs` of the roles of this kind.
fn rights(objects: &[Value], kind: &str, name: &str) -> Rights {
    let mut rights = Rights::new();
    let roles = objects.iter().filter(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    for rule in roles.flat_map(|role| role["rules"].as_array().expect("rules")) {
        let rule: PolicyRule = serde_json::from_value(rule.clone()).expect("a rule");
        for group in rule.api_groups.iter().flatten() {
            for resource in rule.resources.iter().flatten() {
                let verbs = rights.entry((group.clone(), resource.clone())).or_default();
                verbs.extend(rule.verbs.iter().cloned());
            }
        }
    }
    rights
}

fn right(group: &str, resource: &str, verbs: &[&str]) -> ((String, String), BTreeSet<String>) {
    ((group.to_owned(), resource.to_owned()), verbs.iter().map(|verb| (*verb).to_owned()).collect())
}

/// What a pass needs: for each kind it writes all six verbs, and little else. A kind without a rule fails here.
fn needed() -> Rights {
    let written = Kind::ALL.map(Kind::api_resource).map(|kind| right(&kind.group, &kind.plural, &CARE));
    let others = [
        right("phasma.dev", "phasmas", &LOOK),
        right("phasma.dev", "phasmas/status", &["patch"]),
        right("", "pods", &LOOK),
        right("events.k8s.io", "events", &["create", "list", "patch"]),
    ];
    written.into_iter().chain(others).collect()
}

#[test]
fn rights_are_exactly_what_passes_need() {
    let objects = rendered("op", "home", &[]);
    assert_eq!(rights(&objects, "ClusterRole", "op"), needed());
    let definition = [right("apiextensions.k8s.io", "customresourcedefinitions", &["list", "watch"])];
    assert_eq!(rights(&objects, "ClusterRole", "op-definition"), Rights::from(definition));
    let lease = [right("coordination.k8s.io", "leases", &["create", "get", "update"])];
    assert_eq!(rights(&objects, "Role", "op-lease"), Rights::from(lease));
}

#[test]
fn watched_namespaces_narrow_the_rights() {
    let objects = rendered("op", "home", &["watchNamespaces={one,two}"]);
    assert_eq!(rights(&objects, "ClusterRole", "op"), Rights::new());
    assert_eq!(rights(&objects, "Role", "op"), needed());
    let of = |kind: &str| -> BTreeSet<&str> {
        let all =
            objects.iter().filter(|object| object["kind"] == kind && object["metadata"]["name"] == "op");
        all.filter_map(|object| object["metadata"]["namespace"].as_str()).collect()
    };
    assert_eq!(of("Role"), BTreeSet::from(["one", "two"]));
    assert_eq!(of("RoleBinding"), BTreeSet::from(["one", "two"]));
}

#[test]
fn nothing_is_granted_by_wildcard() {
    for values in [vec![], vec!["watchNamespaces={one}"]] {
        let objects = rendered("op", "home", &values);
        let roles = objects
            .iter()
            .filter(|object| object["kind"].as_str().is_some_and(|kind| kind.ends_with("Role")));
        let text: String = roles.map(Value::to_string).collect();
        assert!(text.contains("secrets") && !text.contains('*'), "{text}");
    }
}

#[test]
fn two_replicas_stand_apart_and_one_stays_during_drains() {
    let objects = rendered("op", "home", &[]);
    let of = |kind: &str| objects.iter().find(|object| object["kind"] == kind).cloned().unwrap_or_default();
    let deployment = of("Deployment");
    assert_eq!(deployment["spec"]["replicas"], 2);
    assert_eq!(deployment["spec"]["strategy"]["type"], "RollingUpdate");
    let pod = &deployment["spec"]["template"];
    let selector = &deployment["spec"]["selector"];
    assert_eq!(&pod["spec"]["topologySpreadConstraints"][0]["labelSelector"], selector);
    // Longer than the operator's own time for passes under way and for the release of its Lease.
    assert!(pod["spec"]["terminationGracePeriodSeconds"].as_i64() > Some(36));
    // The Lease it is told is the one it has rights to.
    let env = pod["spec"]["containers"][0]["env"].as_array().expect("variables");
    let lease = env.iter().find(|variable| variable["name"] == "PHASMA_OPERATOR_LEASE").expect("a Lease");
    let role = objects.iter().find(|object| object["metadata"]["name"] == "op-lease").expect("a role");
    assert_eq!(lease["value"], role["rules"][1]["resourceNames"][0]);
    let budget = of("PodDisruptionBudget");
    assert_eq!((&budget["spec"]["maxUnavailable"], &budget["spec"]["selector"]), (&json!(1), selector));
    // With one replica a budget would block every drain.
    let single = rendered("op", "home", &["replicas=1"]);
    assert!(single.iter().all(|object| object["kind"] != "PodDisruptionBudget"));
}

/// Installs the chart's rights as they are.
async fn grant(world: &World, release: &str, values: &[&str]) {
    let kinds = ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount"];
    for object in rendered(release, &world.namespace, values) {
        let kind = object["kind"].as_str().expect("a kind");
        if !kinds.contains(&kind) {
            continue;
        }
        let (group, version) = match object["apiVersion"].as_str().expect("a version").split_once('/') {
            Some((group, version)) => (group, version),
            None => ("", "v1"),
        };
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        let api = match object["metadata"]["namespace"].as_str() {
            Some(namespace) => {
                Api::<DynamicObject>::namespaced_with(world.client.clone(), namespace, &resource)
            }
            None => Api::all_with(world.client.clone(), &resource),
        };
        let name = object["metadata"]["name"].as_str().expect("a name");
        api.patch(name, &PatchParams::apply("test").force(), &Patch::Apply(&object)).await.expect("granted");
    }
}

/// A client with the rights of the operator's account.
async fn as_account(kubeconfig: &str) -> Client {
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig).expect("a kubeconfig");
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    Client::try_from(config.expect("a configuration")).expect("a client")
}

#[tokio::test]
async fn they_are_enough_for_everything_and_end_at_the_namespace() {
    let (world, elsewhere) = (World::new().await, World::new().await);
    let release = format!("phasma-{}", world.namespace);
    grant(&world, &release, &[&format!("watchNamespaces={{{}}}", world.namespace)]).await;
    let kubeconfig = kubeconfig(&world, Some(&release));
    let operator = Operator::start_with_lease(&kubeconfig, Some(&world.namespace), &release);
    operator.leads().await;
    world.create(&json!({"api": {"replicas": 2}})).await.expect("created");
    ready(&world).await;
    // Repair, pruning, a retained claim: every verb.
    world.api::<Deployment>().delete("p-api", &DeleteParams::background()).await.expect("deleted");
    eventually("the Deployment is back", async || world.exists::<Deployment>("p-api").await).await;
    world.change(&json!({"search": {"disabled": true}})).await.expect("changed");
    eventually("pruned", async || {
        kubelet::make_ready(&world).await;
        !world.exists::<StatefulSet>("p-meilisearch").await && !world.exists::<Secret>("p-meilisearch").await
    })
    .await;
    let events = world.api::<Event>().list(&ListParams::default()).await.expect("a list");
    assert!(
        events.iter().any(|event| event.reason.as_deref() == Some("DatabaseReady")),
        "no event was written"
    );
    let log = operator.log().to_lowercase();
    let denied: Vec<&str> = log.lines().filter(|line| line.contains("forbidden")).collect();
    assert!(denied.is_empty(), "{denied:#?}");
    assert_eq!(operator.metric("phasma_operator_errors_total{class=\"watch\"}").await, None);
    operator.stop().await;

    let account = as_account(&kubeconfig).await;
    let inside = Api::<Secret>::namespaced(account.clone(), &world.namespace);
    inside.get("p-credentials").await.expect("readable");
    elsewhere.create(&json!({})).await.expect("created");
    elsewhere.settle().await;
    let outside = Api::<Secret>::namespaced(account.clone(), &elsewhere.namespace);
    assert!(is_denied(outside.get("p-credentials").await));
    assert!(is_denied(outside.list(&ListParams::default()).await));
    assert!(is_denied(Api::<Secret>::all(account.clone()).list(&ListParams::default()).await));
    let phasmas = Api::<phasma_crds::Phasma>::namespaced(account, &elsewhere.namespace);
    assert!(is_denied(phasmas.list(&ListParams::default()).await));
}

#[tokio::test]
async fn they_are_enough_for_the_whole_cluster() {
    let (home, world) = (World::new().await, World::new().await);
    let release = format!("phasma-{}", home.namespace);
    grant(&home, &release, &[]).await;
    // The account may see every namespace; this operator is told one, or it would meddle with other tests.
    let operator =
        Operator::start_with_lease(&kubeconfig(&home, Some(&release)), Some(&world.namespace), &release);
    operator.leads().await;
    world.create(&json!({})).await.expect("created");
    ready(&world).await;
    assert!(!operator.log().to_lowercase().contains("forbidden"), "{}", operator.log());
    operator.stop().await;
    let account = as_account(&kubeconfig(&home, Some(&release))).await;
    let everywhere = Api::<phasma_crds::Phasma>::all(account.clone()).list(&ListParams::default()).await;
    assert!(
        everywhere.expect("a list").iter().any(|found| found.namespace().as_ref() == Some(&world.namespace))
    );
    // Leases of others are nobody's business.
    let leases = Api::<k8s_openapi::api::coordination::v1::Lease>::namespaced(account, &home.namespace);
    leases.get(&release).await.expect("its own");
    assert!(is_denied(leases.get("another").await));
}

async fn ready(world: &World) {
    eventually("Ready", async || {
        kubelet::make_ready(world).await;
        world.condition("Ready").await.0 == "True"
    })
    .await;
}

fn is_denied<T>(answer: Result<T, kube::Error>) -> bool {
    matches!(answer, Err(kube::Error::Api(status)) if status.code == 403)
}
