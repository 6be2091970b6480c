//! Everything the operator made in a namespace, without what differs from one namespace or run to the next.

use std::collections::BTreeMap;

use kube::ResourceExt;
use kube::api::{Api, DynamicObject, ListParams};
use phasma_operator::controller::build::object::{Kind, Object};
use serde_json::{Value, json};

use crate::support::World;

/// Fields that the API server makes up, and hashes of generated values.
const GENERATED: [&str; 14] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "managedFields",
    "generation",
    "status",
    "clusterIP",
    "clusterIPs",
    "nodePort",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "phasma.dev/made-for",
    "phasma.dev/desired-hash",
    "phasma.dev/secrets-hash",
];

/// Live objects of every kind the operator writes, as they are.
pub(crate) async fn live(world: &World) -> Vec<(Kind, Value)> {
    let mut found = Vec::new();
    for kind in Kind::ALL {
        let api = api(world, kind);
        for object in api.list(&ListParams::default()).await.expect("a list") {
            found.push((kind, serde_json::to_value(object).expect("JSON")));
        }
    }
    found
}

pub(crate) fn api(world: &World, kind: Kind) -> Api<DynamicObject> {
    Api::namespaced_with(world.client.clone(), &world.namespace, &kind.api_resource())
}

/// The live object, with its type.
pub(crate) async fn one(world: &World, object: &Object) -> Value {
    let found = api(world, object.kind).get(&object.name).await.expect("the object");
    serde_json::to_value(found).expect("JSON")
}

/// Variables of Jobs that differ from one namespace to another: the identity of the volumes they work on, and the
/// certificate they await.
const OWN: [&str; 2] = ["PHASMA_VOLUMES", "PHASMA_DATABASE_CERTIFICATE"];

fn without_own(text: String) -> String {
    OWN.iter().fold(text, |text, name| {
        let Some((before, after)) = text.split_once(&format!(r#""name":"{name}","value":""#)) else {
            return text;
        };
        let after = after.split_once('"').map_or(after, |(_, after)| after);
        format!("{before}{name}{after}")
    })
}

/// What must be the same however the platform came about.
pub(crate) async fn inventory(world: &World) -> Vec<String> {
    let objects = live(world).await;
    let mut lines: Vec<String> =
        objects.into_iter().map(|(kind, object)| line(world, kind, object)).collect();
    lines.sort();
    lines
}

fn line(world: &World, kind: Kind, mut object: Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    if ["p-credentials", "p-pki", "p-trust"].contains(&name.as_str()) || kind == Kind::Secret {
        // One that was only reserved has none.
        let values = object["data"].as_object_mut().into_iter().flatten();
        values.map(|(_, value)| value).for_each(|value| *value = json!("generated"));
    }
    strip(&mut object);
    let text = without_own(object.to_string().replace(&world.namespace, "NAMESPACE"));
    // A Job's name ends in a hash of the secrets it reads.
    match (kind, name.rsplit_once('-')) {
        (Kind::Job, Some((stem, hash))) => format!("{kind:?} {stem} {}", text.replace(hash, "HASH")),
        _ => format!("{kind:?} {name} {text}"),
    }
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !GENERATED.contains(&name.as_str()));
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Generated credentials; empty as long as there are none.
pub(crate) async fn credentials(world: &World) -> BTreeMap<String, Value> {
    let found = api(world, Kind::Secret).get_opt("p-credentials").await.expect("an answer");
    let data = found.map(|secret| secret.data["data"].clone()).unwrap_or_default();
    serde_json::from_value(data).unwrap_or_default()
}

/// Compares line by line, so that a failure shows what differs.
pub(crate) fn assert_same(found: &[String], expected: &[String], what: &str) {
    let missing: Vec<_> = expected.iter().filter(|line| !found.contains(line)).collect();
    let surplus: Vec<_> = found.iter().filter(|line| !expected.contains(line)).collect();
    assert!(
        missing.is_empty() && surplus.is_empty() && found.len() == expected.len(),
        "{what}\nmissing: {missing:#?}\nsurplus: {surplus:#?}"
    );
}

/// No finalizer but those of Kubernetes itself may hold anything back.
pub(crate) async fn finalizers(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    for kind in Kind::ALL {
        for object in api(world, kind).list(&ListParams::default()).await.expect("a list") {
            found.extend(object.finalizers().iter().cloned());
        }
    }
    found.sort();
    found.dedup();
    found
}
