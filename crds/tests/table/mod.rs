//! `rules.yaml` as whole resources. The operator's tests include this file, too.

use serde_json::{Value, json};

/// One rule at one place.
pub struct Case {
    pub at: String,
    pub rule: String,
    pub names: String,
    pub before: Option<Value>,
    pub accepted: Value,
    pub refused: Value,
}

pub fn cases() -> Vec<Case> {
    let rows: Vec<Value> = serde_yaml_ng::from_str(include_str!("../rules.yaml")).expect("YAML");
    rows.iter().flat_map(of_row).collect()
}

fn of_row(row: &Value) -> Vec<Case> {
    let places = row["at"].as_array().expect("places");
    places.iter().map(|at| case(row, at.as_str().expect("a place"))).collect()
}

fn case(row: &Value, at: &str) -> Case {
    let names = row["names"].as_str().unwrap_or(at).to_owned();
    let rule = row["rule"].as_str().expect("a message").to_owned();
    let resource = |value: &Value| resource(&row["given"], at, value);
    Case {
        names,
        rule,
        before: row.get("before").map(resource),
        accepted: resource(&row["accepted"]),
        refused: resource(&row["refused"]),
        at: at.to_owned(),
    }
}

/// The smallest resource with `given` in its spec and `value` at the place.
fn resource(given: &Value, at: &str, value: &Value) -> Value {
    let mut resource = json!({
        "apiVersion": "phasma.dev/v1alpha1",
        "kind": "Phasma",
        "metadata": {"name": "p"},
        "spec": {"version": "0.1.0", "exposure": {"url": "http://localhost:8080"}},
    });
    if !given.is_null() {
        merge(&mut resource["spec"], given);
    }
    // An item of a list is given as the only one.
    let place = at.split('.').filter(|name| !name.is_empty()).rev();
    let nested = place.fold(value.clone(), |inner, name| match name.strip_suffix("[]") {
        Some(name) => json!({name: [inner]}),
        None => json!({name: inner}),
    });
    merge(&mut resource, &nested);
    resource
}

fn merge(target: &mut Value, addition: &Value) {
    match (target, addition) {
        (Value::Object(target), Value::Object(addition)) => {
            for (name, value) in addition {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (target, addition) => *target = addition.clone(),
    }
}
