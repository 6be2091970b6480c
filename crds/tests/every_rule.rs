//! Every rule of the definition has a case it accepts and one it refuses (`rules.yaml`), evaluated as the API server does.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers, too")]

mod table;

use std::collections::BTreeSet;

use kube::CustomResourceExt;
use phasma_crds::Phasma;
use serde_json::Value;

fn parsed(object: &Value) -> Phasma {
    serde_json::from_value(object.clone()).expect("a resource")
}

/// What the rules say about the change from `before`, or about a new resource; empty if they accept it.
fn refusal(before: Option<&Value>, after: &Value) -> String {
    let result = match before {
        Some(before) => parsed(after).validate_cel_update(&parsed(before)),
        None => parsed(after).validate_cel(),
    };
    result.err().map(|errors| errors.to_string()).unwrap_or_default()
}

#[test]
fn what_a_rule_allows_is_accepted() {
    for case in table::cases() {
        assert_eq!(refusal(case.before.as_ref(), &case.accepted), "", "{}: {}", case.at, case.rule);
    }
}

#[test]
fn what_a_rule_forbids_is_refused_with_its_message_and_the_field() {
    for case in table::cases() {
        let refusal = refusal(case.before.as_ref(), &case.refused);
        assert!(refusal.contains(&case.rule) && refusal.contains(&case.names), "{}: {refusal}", case.at);
    }
}

#[test]
fn every_rule_has_a_case_and_every_case_a_rule() {
    let definition = serde_json::to_value(Phasma::crd()).expect("JSON");
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let mut rules = BTreeSet::new();
    walk("", schema, &mut rules);
    let cases: BTreeSet<_> = table::cases().into_iter().map(|case| (case.at, case.rule)).collect();
    assert!(!rules.is_empty());
    assert_eq!(
        rules.difference(&cases).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new(),
        "no case in rules.yaml"
    );
    assert_eq!(cases.difference(&rules).collect::<Vec<_>>(), Vec::<&(String, String)>::new(), "no such rule");
}

/// Place and message of every rule, maps and lists included.
fn walk(at: &str, schema: &Value, found: &mut BTreeSet<(String, String)>) {
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        let message = rule["message"].as_str().expect("every rule has a message");
        assert!(found.insert((at.to_owned(), message.to_owned())), "{at}: two rules say {message}");
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        walk(&at, field, found);
    }
    for (inner, sign) in [("items", "[]"), ("additionalProperties", "{}")] {
        if schema[inner].is_object() {
            walk(&format!("{at}{sign}"), &schema[inner], found);
        }
    }
}
