//! What the rules of the definition let through, evaluated here as the API server does. `rules.yaml` has a case of
//! acceptance and one of refusal for each of them.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers, too")]

use phasma_crds::Phasma;
use serde_json::{Value, json};

fn phasma(name: &str, spec: &Value) -> Phasma {
    let mut merged = json!({"version": "0.1.0", "exposure": {"url": "http://localhost:8080"}});
    for (field, value) in spec.as_object().expect("a map") {
        merged[field] = value.clone();
    }
    let object = json!({"apiVersion": "phasma.dev/v1alpha1", "kind": "Phasma", "metadata": {"name": name}, "spec": merged});
    serde_json::from_value(object).expect("a resource")
}

fn refusal(spec: &Value) -> String {
    message(phasma("p", spec).validate_cel())
}

/// What was refused; empty if nothing was.
fn message<E: std::fmt::Display>(result: Result<(), E>) -> String {
    result.err().map(|errors| errors.to_string()).unwrap_or_default()
}

fn refusal_of_change(old: &Value, new: &Value) -> String {
    let result = phasma("p", new).validate_cel_update(&phasma("p", old));
    message(result)
}

#[test]
fn two_lines_of_spec_are_enough() {
    assert_eq!(refusal(&json!({})), "");
}

fn bucket() -> Value {
    json!({"endpoint": "https://s3.example", "bucket": "photos", "secretRef": {"name": "s3"}})
}

fn broker(more: &Value) -> Value {
    let mut broker = json!({"bootstrapServers": ["kafka.example:9092"]});
    for (field, value) in more.as_object().expect("a map") {
        broker[field] = value.clone();
    }
    broker
}

#[test]
fn external_services_are_taken() {
    let reference = json!({"secretRef": {"name": "s"}});
    let spec = json!({
        "database": {"external": reference},
        "cache": {"external": reference},
        "objectStorage": {"external": bucket()},
        "search": {"external": {"url": "http://search.example", "secretRef": {"name": "s"}}},
        "broker": {"external": broker(&json!({"topicPrefix": "photos.", "tls": {"caSecretRef": {"name": "ca"}}}))},
        "networkPolicy": {"externalCIDRs": ["10.20.0.0/16", "2001:db8::/32"]},
    });
    assert_eq!(refusal(&spec), "");
}

#[test]
fn a_cache_may_move() {
    let external = json!({"cache": {"external": {"secretRef": {"name": "cache"}}}});
    assert_eq!(refusal_of_change(&json!({}), &external), "");
    assert_eq!(refusal_of_change(&external, &json!({})), "");
}
