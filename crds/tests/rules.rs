//! The rules of the definition, evaluated here as the API server does.

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

#[test]
fn contradictions_are_refused() {
    let external = json!({"secretRef": {"name": "db"}});
    for (spec, expected) in [
        (json!({"database": {"managed": {}, "external": external}}), "managed or external"),
        (json!({"search": {"managed": {}, "disabled": true}}), "managed or disabled"),
        (json!({"broker": {"managed": {"replicas": 2}}}), "replicas: 1 or 3"),
        (
            json!({"exposure": {"url": "http://x", "service": {"type": "ClusterIP", "nodePort": 30080}}}),
            "nodePort",
        ),
    ] {
        let refusal = refusal(&spec);
        assert!(refusal.contains(expected), "{spec}: {refusal}");
    }
}

#[test]
fn names_leave_room_for_the_names_of_objects() {
    let refusal = |name: &str| message(phasma(name, &json!({})).validate_cel());
    assert_eq!(refusal(&"p".repeat(40)), "");
    assert!(refusal(&"p".repeat(41)).contains("metadata.name"));
    assert!(refusal("with.dot").contains("metadata.name"));
    assert!(refusal("0digit").contains("metadata.name"));
}

#[test]
fn storage_only_grows() {
    let size = |size: &str| json!({"database": {"managed": {"storage": {"size": size}}}});
    assert_eq!(refusal_of_change(&size("10Gi"), &size("20Gi")), "");
    assert_eq!(refusal_of_change(&size("1Gi"), &size("1024Mi")), "");
    assert!(refusal_of_change(&size("10Gi"), &size("5Gi")).contains("only grow"));
}

#[test]
fn what_holds_data_is_not_swapped() {
    let class = |class: &str| json!({"broker": {"managed": {"storage": {"storageClassName": class}}}});
    assert!(refusal_of_change(&class("fast"), &class("slow")).contains("storageClassName"));
    let external = json!({"database": {"external": {"secretRef": {"name": "db"}}}});
    assert!(refusal_of_change(&json!({}), &external).contains("external"));
    assert!(refusal_of_change(&external, &json!({})).contains("external"));
    let brokers = |replicas: u8| json!({"broker": {"managed": {"replicas": replicas}}});
    assert!(refusal_of_change(&brokers(1), &brokers(3)).contains("replicas: the number of brokers"));
    assert!(refusal_of_change(&json!({}), &brokers(3)).contains("replicas: the number of brokers"));
    assert_eq!(refusal_of_change(&json!({}), &brokers(1)), "");
}
