//! What a platform consists of, for the smallest resource, and what holds for every pod.

mod templates;

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt;
use phasma_crds::{Phasma, labels};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::names::{Component, Names, Target};
use super::object::{Kind, Object};
use super::{build, leaves};
use crate::catalogue::Catalogue;
use crate::controller::credentials::{Credential, Credentials};
use crate::controller::dereference::Dereferenced;
use crate::controller::external::{Content, Secrets};
use crate::controller::pki::Pki;
use crate::controller::validate::validate;
use crate::quantity;

const MINIMAL: &str = include_str!("../../../../charts/phasma-operator/examples/minimal.yaml");
const PRODUCTION: &str = include_str!("../../../../charts/phasma-operator/examples/production.yaml");
const LOCAL: &str = include_str!("../../../../charts/phasma-operator/examples/local.yaml");
const EXTERNAL: &str = include_str!("../../../../charts/phasma-operator/examples/external.yaml");
const AUTHORITY: &str = "-----BEGIN CERTIFICATE-----\nEXTERNAL\n-----END CERTIFICATE-----\n";
/// What a platform may ask nodes for, so that it fits a small machine.
const MOST_MEMORY: u64 = 2560;

fn phasma(yaml: &str, change: &Value) -> Phasma {
    let mut value: Value = serde_yaml_ng::from_str(yaml).expect("YAML");
    for (field, wanted) in change.as_object().expect("a map") {
        value["spec"][field] = wanted.clone();
    }
    let mut phasma: Phasma = serde_json::from_value(value).expect("a resource");
    phasma.metadata.namespace = Some("photos".to_owned());
    phasma.metadata.uid = Some("uid-of-the-resource".to_owned());
    phasma
}

/// Every credential is its own name, and certificates are fixed, so that snapshots are stable.
fn catalogue() -> Catalogue {
    Catalogue::built_in().expect("good releases")
}

fn dereferenced(phasma: &Phasma) -> Dereferenced {
    let named = |credential: Credential| (credential.as_str().to_owned(), fixed(credential));
    let later = OffsetDateTime::UNIX_EPOCH + Duration::days(40_000);
    let mut pki = BTreeMap::from([
        ("ca.crt".to_owned(), "AUTHORITY".to_owned()),
        ("ca.key".to_owned(), "KEY".to_owned()),
    ]);
    for leaf in leaves(&phasma.name_any(), "photos") {
        let component = leaf.component;
        pki.insert(format!("{component}.crt"), format!("{component} certificate"));
        pki.insert(format!("{component}.key"), format!("{component} key"));
        pki.insert(format!("{component}.hosts"), leaf.hosts.join(","));
        pki.insert(format!("{component}.renew-after"), "2079-01-01T00:00:00Z".to_owned());
    }
    let now = later - Duration::days(1000);
    Dereferenced {
        credentials: Credentials::complete(&Credential::ALL.into_iter().map(named).collect()),
        pki: Pki::complete(pki, &leaves(&phasma.name_any(), "photos"), &phasma.name_any(), now)
            .expect("complete"),
        external: Secrets::new(),
        live: BTreeMap::new(),
        unusable: BTreeMap::new(),
        pods: Vec::new(),
        complaints: Default::default(),
    }
}

fn fixed(credential: Credential) -> String {
    format!("value-of-{}", credential.as_str())
}

fn built(yaml: &str, change: &Value) -> Vec<Object> {
    let phasma = phasma(yaml, change);
    build(&validate(&phasma, &dereferenced(&phasma), &catalogue()).expect("valid"))
}

fn minimal() -> Vec<Object> {
    built(MINIMAL, &json!({}))
}

fn external(url: &str) -> Vec<Object> {
    let phasma = phasma(MINIMAL, &json!({"database": {"external": {"secretRef": {"name": "db"}}}}));
    let mut dereferenced = dereferenced(&phasma);
    dereferenced.external =
        Secrets::from([("db".to_owned(), content(&[("url", url), ("ca.crt", AUTHORITY)]))]);
    build(&validate(&phasma, &dereferenced, &catalogue()).expect("valid"))
}

fn content(pairs: &[(&str, &str)]) -> Content {
    pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The platform of the example in which every service is external.
fn all_external(change: &Value) -> Vec<Object> {
    let phasma = phasma(EXTERNAL, change);
    let dereferenced = dereferenced(&phasma);
    build(&validate(&phasma, &with_secrets(dereferenced), &catalogue()).expect("valid"))
}

/// With every Secret that the example names.
fn with_secrets(mut dereferenced: Dereferenced) -> Dereferenced {
    let secrets = [
        ("database", content(&[("url", "postgres://owner:pw-of-database@db.example/app")])),
        ("cache", content(&[("url", "rediss://:pw-of-cache@cache.example:7000/2"), ("ca.crt", AUTHORITY)])),
        (
            "bucket",
            content(&[
                ("accessKeyId", "pw-of-id"),
                ("secretAccessKey", "pw-of-bucket"),
                ("ca.crt", AUTHORITY),
            ]),
        ),
        ("search", content(&[("masterKey", "pw-of-search")])),
        (
            "broker",
            content(&[("username", "pw-of-user"), ("password", "pw-of-broker"), ("ca.crt", AUTHORITY)]),
        ),
    ];
    dereferenced.external =
        secrets.into_iter().map(|(name, content)| (format!("photos-{name}"), content)).collect();
    dereferenced
}

fn find<'a>(objects: &'a [Object], kind: Kind, name: &str) -> Option<&'a Value> {
    objects.iter().find(|object| object.kind == kind && object.name == name).map(|object| &object.value)
}

fn secret(objects: &[Object], name: &str, key: &str) -> String {
    use base64::Engine as _;
    let secret = find(objects, Kind::Secret, name).expect("the secret");
    let encoded = secret["data"][key].as_str().expect("the key");
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64");
    String::from_utf8(bytes).expect("text")
}

fn pod_specs(objects: &[Object]) -> Vec<(String, &Value)> {
    let template = |object: &Object| object.value.pointer("/spec/template/spec").is_some();
    let spec = |object: &'_ Object| object.name.clone();
    objects.iter().filter(|o| template(o)).map(|o| (spec(o), &o.value["spec"]["template"]["spec"])).collect()
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers"].into_iter().filter_map(|list| pod[list].as_array()).flatten()
}

#[test]
fn the_smallest_resource_becomes_these_objects() {
    for (component, objects) in by_component(minimal()) {
        insta::assert_yaml_snapshot!(component, objects);
    }
}

#[test]
fn a_platform_on_external_services_becomes_these_objects() {
    for (component, objects) in by_component(all_external(&json!({}))) {
        insta::assert_yaml_snapshot!(format!("external-{component}"), objects);
    }
}

/// Without hashes of objects, which say nothing that their content doesn't.
fn by_component(objects: Vec<Object>) -> BTreeMap<String, Vec<Value>> {
    let mut by_component: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in objects {
        let mut value = object.value;
        if let Some(annotations) = value["metadata"]["annotations"].as_object_mut() {
            annotations.remove(labels::DESIRED_HASH);
        }
        let component =
            value["metadata"]["labels"][labels::COMPONENT].as_str().unwrap_or("platform").to_owned();
        if component == Component::Connect.as_str() {
            value = without_pipelines(value);
        }
        by_component.entry(component).or_default().push(value);
    }
    by_component
}

/// Pipelines have tests of their own; a change of one shall not change snapshots here.
fn without_pipelines(mut value: Value) -> Value {
    if value["kind"] == "ConfigMap" {
        value["metadata"]["name"] = json!("phasma-connect-HASH");
        let files = value["data"].as_object_mut().expect("files");
        files.values_mut().for_each(|file| *file = json!("pipeline"));
    }
    if value["kind"] == "Deployment" {
        let template = &mut value["spec"]["template"];
        template["metadata"]["annotations"][labels::SECRETS_HASH] = json!("HASH");
        let volumes = template["spec"]["volumes"].as_array_mut().expect("volumes");
        let pipelines =
            volumes.iter_mut().find(|volume| volume["name"] == "pipelines").expect("the pipelines");
        pipelines["configMap"]["name"] = json!("phasma-connect-HASH");
    }
    value
}

#[test]
fn building_twice_gives_the_same() {
    assert_eq!(minimal(), minimal());
}

#[test]
fn every_pod_is_restricted() {
    for (name, pod) in pod_specs(&minimal()) {
        assert_eq!(pod["automountServiceAccountToken"], json!(false), "{name}");
        assert_eq!(pod["enableServiceLinks"], json!(false), "{name}");
        assert_eq!(pod["securityContext"]["runAsNonRoot"], json!(true), "{name}");
        assert_ne!(pod["securityContext"]["runAsUser"], json!(0), "{name}");
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{name}");
        for container in containers(pod) {
            let context = &container["securityContext"];
            assert_eq!(context["allowPrivilegeEscalation"], json!(false), "{name}");
            assert_eq!(context["readOnlyRootFilesystem"], json!(true), "{name}");
            assert_eq!(context["capabilities"]["drop"], json!(["ALL"]), "{name}");
            for amount in
                ["/resources/requests/cpu", "/resources/requests/memory", "/resources/limits/memory"]
            {
                assert!(container.pointer(amount).is_some(), "{name} {amount}");
            }
            assert_eq!(container["terminationMessagePolicy"], "FallbackToLogsOnError", "{name}");
        }
    }
}

#[test]
fn every_long_running_pod_is_probed() {
    for object in minimal() {
        let Some(pod) = object.value.pointer("/spec/template/spec") else { continue };
        if object.kind != Kind::Job {
            for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
                assert!(pod["containers"][0][probe].is_object(), "{} {probe}", object.name);
            }
        }
    }
}

#[test]
fn secrets_are_in_secrets_only() {
    for object in minimal().iter().filter(|object| object.kind != Kind::Secret) {
        let text = object.value.to_string();
        for credential in Credential::ALL {
            assert!(!text.contains(&fixed(credential)), "{} shows {credential:?}", object.name);
        }
    }
}

#[test]
fn everything_a_pod_refers_to_is_built() {
    let objects = minimal();
    for (name, pod) in pod_specs(&objects) {
        for volume in pod["volumes"].as_array().into_iter().flatten() {
            let referred = [
                (Kind::Secret, &volume["secret"]["secretName"]),
                (Kind::ConfigMap, &volume["configMap"]["name"]),
                (Kind::PersistentVolumeClaim, &volume["persistentVolumeClaim"]["claimName"]),
            ];
            for (kind, referred) in referred {
                let found = referred.as_str().is_none_or(|referred| find(&objects, kind, referred).is_some());
                assert!(found, "{name} refers to {kind:?} {referred}");
            }
        }
        for source in containers(pod).filter_map(|container| container["envFrom"].as_array()).flatten() {
            let referred = source["secretRef"]["name"].as_str().expect("a name");
            assert!(find(&objects, Kind::Secret, referred).is_some(), "{name} refers to {referred}");
        }
    }
}

#[test]
fn a_service_gets_only_the_secrets_it_needs() {
    let objects = minimal();
    let keys = |component: Component| -> BTreeSet<String> {
        let secret = find(&objects, Kind::Secret, &Names::new("phasma").of(component)).expect("a secret");
        secret["data"].as_object().expect("data").keys().cloned().collect()
    };
    assert_eq!(keys(Component::Frontend), BTreeSet::from(["PHASMA_FRONTEND_TOKEN".to_owned()]));
    assert_eq!(keys(Component::Migrate), BTreeSet::from(["PHASMA_DATABASE_URL".to_owned()]));
    assert!(!keys(Component::Api).contains("PHASMA_BROKER_PASSWORD"));
    assert!(!keys(Component::Connect).contains("PHASMA_DATABASE_URL"));
    let api = secret(&objects, "phasma-api", "PHASMA_DATABASE_URL");
    assert_eq!(
        api,
        "postgres://phasma_api:value-of-api-database-password@phasma-postgres:5432/phasma\
         ?sslmode=verify-full&sslrootcert=/etc/phasma/ca/ca.crt"
    );
}

#[test]
fn the_defaults_fit_a_small_machine() {
    for example in [MINIMAL, LOCAL] {
        let objects = built(example, &json!({}));
        let running =
            objects.iter().filter(|object| matches!(object.kind, Kind::Deployment | Kind::StatefulSet));
        let memory = running.map(|object| {
            let requests =
                &object.value["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"];
            quantity::mebibytes(requests["memory"].as_str().expect("memory"))
        });
        let sum: u64 = memory.sum();
        assert!(sum > 0 && sum <= MOST_MEMORY, "{sum} MiB");
    }
}

#[test]
fn a_budget_comes_with_the_second_replica() {
    let two = built(MINIMAL, &json!({"api": {"replicas": 2}}));
    assert!(find(&two, Kind::PodDisruptionBudget, "phasma-api").is_some());
    assert!(find(&minimal(), Kind::PodDisruptionBudget, "phasma-api").is_none());
}

#[test]
fn three_brokers_know_each_other_and_keep_three_copies() {
    let objects = built(PRODUCTION, &json!({}));
    let set = find(&objects, Kind::StatefulSet, "phasma-redpanda").expect("brokers");
    assert_eq!(set["spec"]["replicas"], json!(3));
    let args = set["spec"]["template"]["spec"]["containers"][0]["args"].to_string();
    let own = "$(POD_NAME).phasma-redpanda-brokers";
    assert!(args.contains(&format!("--advertise-kafka-addr=clients://{own}:9092")), "{args}");
    assert!(args.contains(&format!("--advertise-rpc-addr={own}:33145")), "{args}");
    let config = find(&objects, Kind::ConfigMap, "phasma-redpanda-config").expect("the configuration");
    let node: Value =
        serde_yaml_ng::from_str(config["data"]["redpanda.yaml"].as_str().expect("text")).expect("YAML");
    let pki = dereferenced(&phasma(PRODUCTION, &json!({}))).pki;
    for ordinal in 0..3 {
        let host = format!("phasma-redpanda-{ordinal}.phasma-redpanda-brokers");
        assert_eq!(node["redpanda"]["seed_servers"][ordinal]["host"]["address"], json!(host));
        assert!(pki.data()["redpanda.hosts"].contains(&host), "the certificate names every broker");
        let claim = format!("data-phasma-redpanda-{ordinal}");
        assert!(find(&objects, Kind::PersistentVolumeClaim, &claim).is_some());
    }
    assert!(find(&objects, Kind::PodDisruptionBudget, "phasma-redpanda").is_some());
    let spread = &set["spec"]["template"]["spec"]["topologySpreadConstraints"];
    assert_eq!(spread.as_array().map(Vec::len), Some(2));
    let provision = objects.iter().find(|o| o.component == Some(Component::Provision)).expect("a Job");
    let copies = json!({"name": "PHASMA_TOPIC_REPLICATION", "value": "3"});
    let env = &provision.value["spec"]["template"]["spec"]["containers"][0]["env"];
    assert!(env.as_array().expect("variables").contains(&copies));
}

#[test]
fn growing_brokers_leaves_what_can_never_change() {
    let size = |size: &str| {
        let change = json!({"broker": {"managed": {"replicas": 3, "storage": {"size": size}}}});
        let objects = built(MINIMAL, &change);
        let set = find(&objects, Kind::StatefulSet, "phasma-redpanda").expect("brokers").clone();
        let claim = find(&objects, Kind::PersistentVolumeClaim, "data-phasma-redpanda-2").expect("a claim");
        (set, claim["spec"]["resources"]["requests"]["storage"].clone())
    };
    let (before, after) = (size("10Gi"), size("20Gi"));
    assert_eq!(before.0, after.0);
    assert_eq!((before.1, after.1), (json!("10Gi"), json!("20Gi")));
}

#[test]
fn each_client_of_the_broker_is_a_user_of_its_own() {
    let objects = minimal();
    for (component, user) in
        [("provision", "provision"), ("relay", "relay"), ("consumers", "consumers"), ("connect", "connect")]
    {
        let secret = |key: &str| secret(&objects, &format!("phasma-{component}"), key);
        assert_eq!(secret("PHASMA_BROKER_USERNAME"), format!("phasma-{user}"));
        assert_eq!(secret("PHASMA_BROKER_PASSWORD"), format!("value-of-broker-{user}-password"));
    }
    let superuser = fixed(Credential::BrokerPassword);
    let knowing: Vec<_> = objects
        .iter()
        .filter(|object| object.kind == Kind::Secret && !object.retained)
        .filter(|object| {
            let keys = object.value["data"].as_object().into_iter().flatten();
            keys.map(|(key, _)| secret(&objects, &object.name, key)).any(|value| value.contains(&superuser))
        })
        .map(|object| object.name.as_str())
        .collect();
    assert_eq!(knowing, ["phasma-broker-users", "phasma-redpanda"]);
}

#[test]
fn without_a_search_engine_nothing_points_to_one() {
    let objects = built(MINIMAL, &json!({"search": {"disabled": true}}));
    // The record of a rollout names all images of its release.
    let all = objects.iter().filter(|object| object.kind != Kind::ControllerRevision);
    let text = serde_json::to_string(&all.map(|o| &o.value).collect::<Vec<_>>()).expect("JSON");
    assert!(!text.contains("meilisearch") && !text.contains("PHASMA_SEARCH_KEY"));
    let connect = find(&objects, Kind::Deployment, "phasma-connect").expect("Connect");
    assert!(!connect.to_string().contains("search-sync"));
}

#[test]
fn an_external_database_is_checked_and_reached() {
    let objects = external("postgres://owner:pw@db.example:6432/app?sslmode=require&application_name=x");
    assert!(find(&objects, Kind::StatefulSet, "phasma-postgres").is_none());
    assert!(objects.iter().any(|object| object.component == Some(Component::Check(Target::Database))));
    assert_eq!(
        secret(&objects, "phasma-relay", "PHASMA_DATABASE_URL"),
        "postgres://phasma_relay:value-of-relay-database-password@db.example:6432/app\
         ?application_name=x&sslmode=verify-full&sslrootcert=%2Fetc%2Fphasma%2Fca-database%2Fca.crt"
    );
    let policy = find(&objects, Kind::NetworkPolicy, "phasma-api").expect("a policy");
    let reaches = |port: u16| policy["spec"]["egress"].to_string().contains(&format!("\"port\":{port}"));
    assert!(reaches(6432) && !reaches(5432));
}

#[test]
fn without_its_database_a_platform_still_gets_its_other_stores() {
    let change = json!({"database": {"external": {"secretRef": {"name": "db"}}}});
    let objects = built(MINIMAL, &change);
    assert!(find(&objects, Kind::StatefulSet, "phasma-redpanda").is_some());
    assert!(find(&objects, Kind::Deployment, "phasma-api").is_none());
}

#[test]
fn nothing_of_an_external_service_is_run_by_the_operator() {
    let objects = all_external(&json!({}));
    let managed = [Kind::StatefulSet, Kind::PersistentVolumeClaim];
    assert!(!objects.iter().any(|object| managed.contains(&object.kind)));
    for target in Target::ALL {
        let store = Names::new("phasma").of(target.store());
        assert!(!objects.iter().any(|object| object.name.starts_with(&store)), "{store}");
        assert!(
            objects.iter().any(|object| object.component == Some(Component::Check(target))),
            "{target:?}"
        );
    }
}

#[test]
fn passwords_of_external_services_are_in_secrets_of_those_who_need_them() {
    let objects = all_external(&json!({}));
    for object in objects.iter().filter(|object| object.kind != Kind::Secret) {
        assert!(!object.value.to_string().contains("pw-of"), "{}", object.name);
    }
    assert_eq!(secret(&objects, "phasma-api", "PHASMA_S3_SECRET_ACCESS_KEY"), "pw-of-bucket");
    assert_eq!(
        secret(&objects, "phasma-consumers", "PHASMA_CACHE_URL"),
        "rediss://:pw-of-cache@cache.example:7000/2"
    );
    assert_eq!(secret(&objects, "phasma-provision", "PHASMA_SEARCH_KEY"), "pw-of-search");
    for (name, key) in [("phasma-api", "PHASMA_SEARCH_KEY"), ("phasma-connect", "PHASMA_SEARCH_KEY")] {
        assert_ne!(secret(&objects, name, key), "pw-of-search", "{name}");
    }
    let all = |name: &str| find(&objects, Kind::Secret, name).expect("a Secret")["data"].to_string();
    assert!(!all("phasma-api").contains("BROKER") && !all("phasma-relay").contains("CACHE"));
    assert!(!all("phasma-check-cache").contains("DATABASE"));
}

#[test]
fn nothing_secret_is_shown_for_debugging() {
    let phasma = phasma(EXTERNAL, &json!({}));
    let dereferenced = dereferenced(&phasma);
    let platform = validate(&phasma, &with_secrets(dereferenced), &catalogue()).expect("valid");
    assert!(!format!("{platform:?}").contains("pw-of"));
}

#[test]
fn a_broker_without_tls_and_login_needs_no_secret() {
    let broker = json!({"external": {"bootstrapServers": ["kafka:9092"], "tls": {"enabled": false}}});
    let objects = all_external(&json!({"broker": broker}));
    assert!(find(&objects, Kind::Secret, "phasma-check-broker").is_none());
    let connect = find(&objects, Kind::Deployment, "phasma-connect").expect("Connect");
    let environment = connect["spec"]["template"]["spec"]["containers"][0]["env"].to_string();
    assert!(environment.contains(r#""name":"PHASMA_BROKER_TLS","value":"false""#), "{environment}");
    assert!(environment.contains(r#""value":"PLAINTEXT""#), "{environment}");
}

#[test]
fn external_services_are_reached_by_their_ports_and_where_the_resource_says() {
    let objects = all_external(&json!({}));
    let egress = |objects: &[Object], name: &str| {
        find(objects, Kind::NetworkPolicy, name).expect("a policy")["spec"]["egress"].clone()
    };
    let port = |number: u16| json!([{"port": number, "protocol": "TCP"}]);
    let there = json!([{"ipBlock": {"cidr": "10.20.0.0/16"}}]);
    let relay = egress(&objects, "phasma-relay");
    assert_eq!(relay[0], json!({"ports": port(5432), "to": there}));
    assert_eq!(relay[1], json!({"ports": port(9094), "to": there}));
    assert!(relay[2].to_string().contains("kube-dns") && relay[3].is_null());
    let check = egress(&objects, "phasma-check-cache");
    assert_eq!(check[0], json!({"ports": port(7000), "to": there}));
    let anywhere = all_external(&json!({"networkPolicy": {}}));
    assert_eq!(egress(&anywhere, "phasma-relay")[0], json!({"ports": port(5432)}));
}

#[test]
fn a_missing_secret_keeps_back_only_what_needs_the_service() {
    let change = json!({"cache": {"external": {"secretRef": {"name": "cache"}}}});
    let objects = built(MINIMAL, &change);
    assert!(find(&objects, Kind::Deployment, "phasma-relay").is_some());
    assert!(find(&objects, Kind::Deployment, "phasma-connect").is_some());
    for component in [Component::Api, Component::Consumers, Component::Check(Target::Cache)] {
        assert!(!objects.iter().any(|object| object.component == Some(component)), "{component}");
    }
}

#[test]
fn names_of_jobs_fit_into_a_label() {
    let longest = Names::new(&"p".repeat(40));
    for component in Component::ALL {
        assert!(longest.job(component, "0123456789").len() <= 63, "{component}");
    }
}

#[test]
fn under_retain_volumes_and_credentials_have_no_owner() {
    let owners = |policy: &str| -> Vec<bool> {
        let objects = built(MINIMAL, &json!({"deletionPolicy": policy}));
        let retained = objects.iter().filter(|object| object.retained);
        retained.map(|object| object.value["metadata"]["ownerReferences"].is_array()).collect()
    };
    assert_eq!(owners("Retain"), vec![false; 6]);
    assert_eq!(owners("Delete"), vec![true; 6]);
}

#[test]
fn nothing_may_pass_that_no_edge_allows() {
    let objects = minimal();
    let policy =
        |name: &str| find(&objects, Kind::NetworkPolicy, name).expect("a policy")["spec"].to_string();
    let deny = policy("phasma-default-deny");
    assert!(!deny.contains("egress\":[") && !deny.contains("ingress\":["), "{deny}");
    for component in Component::ALL {
        if !matches!(component, Component::Check(_)) {
            policy(&Names::new("phasma").of(component));
        }
    }
    let postgres = policy("phasma-postgres");
    assert!(!postgres.contains("frontend") && !postgres.contains("connect") && postgres.contains("relay"));
    assert!(!policy("phasma-frontend").contains("postgres"));
}

#[test]
fn prometheus_reaches_the_metrics_and_nothing_else() {
    let monitoring = json!({"monitoring": {"podMonitor": true, "namespace": "watchers"}});
    let objects = built(MINIMAL, &monitoring);
    let from_there = |component: Component| -> Vec<Value> {
        let name = Names::new("phasma").of(component);
        let policy = find(&objects, Kind::NetworkPolicy, &name).expect("a policy");
        let rules = policy["spec"]["ingress"].as_array().cloned().unwrap_or_default();
        let there = rules.iter().filter(|rule| rule["from"].to_string().contains("watchers"));
        there.map(|rule| rule["ports"][0]["port"].clone()).collect()
    };
    assert_eq!(from_there(Component::Api), [json!(8080)]);
    assert_eq!(from_there(Component::Relay), [json!(9090)]);
    assert_eq!(from_there(Component::Redpanda), [json!(9644)]);
    assert!(from_there(Component::Postgres).is_empty() && from_there(Component::Frontend).is_empty());
    let without = minimal();
    let policy = find(&without, Kind::NetworkPolicy, "phasma-relay").expect("a policy");
    assert!(policy["spec"]["ingress"].is_null(), "{policy}");
}

#[test]
fn what_is_monitored_is_what_has_the_port() {
    let objects = built(MINIMAL, &json!({"monitoring": {"podMonitor": true}}));
    let monitors: Vec<&Object> = objects.iter().filter(|object| object.kind == Kind::PodMonitor).collect();
    assert_eq!(monitors.len(), 5);
    for monitor in monitors {
        let labels = &monitor.value["spec"]["selector"]["matchLabels"];
        let port = &monitor.value["spec"]["podMetricsEndpoints"][0]["port"];
        let workload = objects
            .iter()
            .find(|object| object.component.is_some() && object.name == monitor.name)
            .expect("its workload");
        let pod = &workload.value["spec"]["template"];
        for (name, value) in labels.as_object().expect("labels") {
            assert_eq!(&pod["metadata"]["labels"][name], value, "{}", monitor.name);
        }
        let ports = pod["spec"]["containers"][0]["ports"].as_array().expect("ports");
        assert!(ports.iter().any(|found| found["name"] == *port), "{}", monitor.name);
    }
}

#[test]
fn a_budget_comes_with_the_second_replica_of_an_autoscaler() {
    let budget = |least: i32| {
        let bounds = json!({"minReplicas": least, "maxReplicas": 5});
        let objects = built(MINIMAL, &json!({"frontend": {"autoscaling": bounds}}));
        find(&objects, Kind::PodDisruptionBudget, "phasma-frontend").is_some()
    };
    assert!(budget(2) && !budget(1));
}

#[test]
fn jobs_run_where_the_api_does_and_are_not_repeated_for_a_label() {
    let jobs = |overrides: Value| -> Vec<String> {
        let objects = built(MINIMAL, &json!({"api": {"podOverrides": overrides}}));
        // The Job that makes the broker's users runs where the broker does.
        let of_api =
            |object: &&Object| object.kind == Kind::Job && object.component != Some(Component::BrokerUsers);
        objects.iter().filter(of_api).map(|object| object.name.clone()).collect()
    };
    let plain = jobs(json!({}));
    assert_eq!(jobs(json!({"labels": {"a": "b"}, "annotations": {"a": "b"}})), plain);
    let moved = jobs(json!({"nodeSelector": {"a": "b"}}));
    assert!(moved.len() == plain.len() && moved.iter().all(|name| !plain.contains(name)), "{moved:?}");
}

#[test]
fn programs_are_spread_and_stop_in_good_order() {
    let objects = minimal();
    let pod = |component: &str| {
        let name = format!("phasma-{component}");
        find(&objects, Kind::Deployment, &name).expect("a Deployment")["spec"]["template"]["spec"].clone()
    };
    for component in ["api", "relay", "consumers", "frontend"] {
        let pod = pod(component);
        let spread = &pod["topologySpreadConstraints"][0];
        assert_eq!(spread["topologyKey"], "kubernetes.io/hostname", "{component}");
        let pause = &pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"];
        assert_eq!((pause, &pod["terminationGracePeriodSeconds"]), (&json!(5), &json!(40)), "{component}");
    }
}
