//! The committed definition is the one the types make, and small enough for client-side apply.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers, too")]

use kube::CustomResourceExt;
use phasma_crds::Phasma;
use serde_json::Value;

/// Client-side apply keeps the whole object in an annotation of at most this size.
const LARGEST: usize = 256 * 1024;

fn committed() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/phasma.dev_phasmas.yaml");
    std::fs::read_to_string(path).expect("the committed definition")
}

#[test]
fn the_committed_definition_is_fresh() {
    let committed: Value = serde_yaml_ng::from_str(&committed()).expect("YAML");
    let made = serde_json::to_value(Phasma::crd()).expect("JSON");
    assert!(committed == made, "stale: run `make crd`");
}

#[test]
fn it_stays_small() {
    assert!(committed().len() < LARGEST);
}

#[test]
fn every_field_is_documented() {
    let crd = serde_json::to_value(Phasma::crd()).expect("JSON");
    let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
    let mut bare = Vec::new();
    undocumented("spec", schema, &mut bare);
    assert_eq!(bare, Vec::<String>::new());
}

/// Fields whose names say it all: amounts and references.
const PLAIN: [&str; 7] = ["managed", "name", "requests", "limits", "replicas", "storage", "type"];

fn undocumented(path: &str, schema: &Value, bare: &mut Vec<String>) {
    let Some(properties) = schema["properties"].as_object() else { return };
    for (name, field) in properties {
        let path = format!("{path}.{name}");
        if field["description"].is_null() && !PLAIN.contains(&name.as_str()) {
            bare.push(path.clone());
        }
        undocumented(&path, field, bare);
    }
}
