//! Ways to change a live object so that it no longer is what the operator wants, made from the wanted object itself.

use kube::api::PostParams;
use phasma_operator::controller::build::object::Object;
use phasma_operator::controller::covers::covers;
use serde_json::{Value, json};

use crate::inventory::api;
use crate::support::World;

/// A change at one place of an object.
#[derive(Clone, Debug)]
pub(crate) struct Mutation {
    /// JSON pointer into the live object.
    pub(crate) at: String,
    /// `None` removes what is there.
    pub(crate) value: Option<Value>,
}

impl Mutation {
    pub(crate) fn apply(&self, live: &Value) -> Value {
        let mut changed = live.clone();
        let (parent, last) = self.at.rsplit_once('/').expect("a place below the root");
        let last = last.replace("~1", "/").replace("~0", "~");
        match (changed.pointer_mut(parent).expect("a parent"), &self.value) {
            (Value::Object(fields), Some(value)) => drop(fields.insert(last, value.clone())),
            (Value::Object(fields), None) => drop(fields.remove(&last)),
            (Value::Array(items), Some(value)) => {
                items[last.parse::<usize>().expect("an index")] = value.clone();
            }
            (Value::Array(items), None) => drop(items.remove(last.parse().expect("an index"))),
            (other, _) => panic!("{}: {other} has no parts", self.at),
        }
        changed
    }
}

/// For every leaf of `desired`, another value and none, at its place in `live`; for every item of a list, its removal.
pub(crate) fn mutations(live: &Value, desired: &Value) -> Vec<Mutation> {
    let mut found = Vec::new();
    walk("", live, desired, &mut found);
    found
}

fn walk(at: &str, live: &Value, desired: &Value, found: &mut Vec<Mutation>) {
    match desired {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, wanted) in fields {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                walk(&at, &live[name], wanted, found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, wanted) in items.iter().enumerate() {
                let index = place(live, wanted, index);
                let at = format!("{at}/{index}");
                // Removing a scalar item is the removal of the leaf below.
                if wanted.is_object() {
                    found.push(Mutation { at: at.clone(), value: None });
                }
                walk(&at, &live[index], wanted, found);
            }
        }
        // What others put into an empty map, such as that of an empty directory, is an addition and no change.
        Value::Object(_) => found.push(Mutation { at: at.to_owned(), value: None }),
        leaf => {
            found.push(Mutation { at: at.to_owned(), value: Some(other(leaf)) });
            found.push(Mutation { at: at.to_owned(), value: None });
        }
    }
}

/// Where the live list has the wanted item: others may have put theirs in between.
fn place(live: &Value, wanted: &Value, index: usize) -> usize {
    let items = live.as_array().expect("a list");
    if items.get(index).is_some_and(|item| covers(item, wanted)) {
        return index;
    }
    items.iter().position(|item| covers(item, wanted)).expect("the item")
}

/// Another value of the same type.
fn other(leaf: &Value) -> Value {
    match leaf {
        Value::Bool(value) => json!(!value),
        Value::Number(number) => json!(number.as_i64().expect("an integer") - 1),
        Value::String(text) => match text.as_str() {
            "ClusterIP" => json!("NodePort"),
            "TCP" => json!("UDP"),
            "RollingUpdate" => json!("Recreate"),
            "IfNotPresent" | "Always" => json!("Never"),
            text if is_amount(text) => json!(format!("1{text}")),
            text => json!(format!("{text}x")),
        },
        Value::Array(_) => json!(["other"]),
        Value::Object(_) | Value::Null => json!("other"),
    }
}

fn is_amount(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    text.len() > unit.len() && ["", "m", "M", "Mi", "Gi"].contains(&unit)
}

/// Additions to collections that the API server treats as one value: whatever others put there changes what it means.
pub(crate) fn additions(desired: &Value) -> Vec<Mutation> {
    let mut found = Vec::new();
    add("", desired, &mut found);
    found
}

/// Maps that select, and rules of policies. The pod template's selector can't be changed at all.
const WHOLE: [&str; 6] = ["selector", "podSelector", "namespaceSelector", "matchLabels", "ingress", "egress"];

fn add(at: &str, desired: &Value, found: &mut Vec<Mutation>) {
    let Some(fields) = desired.as_object() else {
        for (index, item) in desired.as_array().into_iter().flatten().enumerate() {
            add(&format!("{at}/{index}"), item, found);
        }
        return;
    };
    let policy = at.contains("/ingress/") || at.contains("/egress/");
    for (name, value) in fields {
        let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        match value {
            Value::Object(_) if WHOLE.contains(&name.as_str()) => {
                found.push(Mutation { at: format!("{at}/added"), value: Some(json!("x")) });
            }
            Value::Array(items) if policy || WHOLE.contains(&name.as_str()) => {
                let mut more = items.clone();
                more.push(more_of(name));
                found.push(Mutation { at: at.clone(), value: Some(json!(more)) });
            }
            _ => {}
        }
        if policy && name == "port" {
            let end = at.strip_suffix("port").map(|parent| format!("{parent}endPort")).expect("a suffix");
            found.push(Mutation { at: end, value: Some(json!(65535)) });
        }
        add(&at, value, found);
    }
}

fn more_of(name: &str) -> Value {
    match name {
        "ports" => json!({"port": 22, "protocol": "TCP"}),
        "from" | "to" => json!({"ipBlock": {"cidr": "0.0.0.0/0"}}),
        _ => json!({}),
    }
}

/// What the API server makes of a changed object; `None` if it refuses it.
pub(crate) async fn put(world: &World, object: &Object, changed: &Value, dry_run: bool) -> Option<Value> {
    let changed = serde_json::from_value(changed.clone()).ok()?;
    let params = PostParams { dry_run, ..PostParams::default() };
    let answer = api(world, object.kind).replace(&object.name, &params, &changed).await.ok()?;
    Some(serde_json::to_value(answer).expect("JSON"))
}
