//! Whether a live object still carries every field the operator set.
//!
//! A pure comparison: what others added (defaults, injected containers, labels) is ignored, what they changed or removed
//! is found. Lists of objects are matched by the key that server-side apply merges them by; other lists must be equal.
//! So must what the API server merges as one value: an addition to a selector or to a rule of a network policy changes
//! what it means.

use serde_json::{Map, Value};

use crate::quantity;

/// Keys by which the API server merges lists of objects, most specific first.
const MERGE_KEYS: [&[&str]; 7] = [
    &["containerPort", "protocol"],
    &["mountPath"],
    &["uid"],
    &["port", "protocol"],
    &["topologyKey", "whenUnsatisfiable"],
    &["name"],
    &["type"],
];

/// Selectors, and the rules of network policies. All that is set there is ours, defaults included.
const WHOLE: [&str; 7] =
    ["selector", "podSelector", "namespaceSelector", "labelSelector", "matchLabels", "ingress", "egress"];

/// Maps of quantities.
const AMOUNTS: [&str; 2] = ["requests", "limits"];

/// True if `live` has all that `desired` has.
pub fn covers(live: &Value, desired: &Value) -> bool {
    match (live, desired) {
        (Value::Object(live), Value::Object(desired)) => covers_map(live, desired),
        (Value::Array(live), Value::Array(desired)) => covers_list(live, desired),
        (live, desired) => live == desired,
    }
}

fn covers_map(live: &Map<String, Value>, desired: &Map<String, Value>) -> bool {
    let covered = |field: &str, found: &Value, wanted: &Value| match field {
        field if WHOLE.contains(&field) => found == wanted,
        field if AMOUNTS.contains(&field) => covers_amounts(found, wanted),
        _ => covers(found, wanted),
    };
    desired.iter().all(|(field, wanted)| live.get(field).is_some_and(|found| covered(field, found, wanted)))
}

/// The API server stores quantities in its own spelling: `0.5` comes back as `500m`.
fn covers_amounts(live: &Value, desired: &Value) -> bool {
    let (Some(live), Some(desired)) = (live.as_object(), desired.as_object()) else { return live == desired };
    let equal = |found: &Value, wanted: &Value| match (found.as_str(), wanted.as_str()) {
        (Some(found), Some(wanted)) => quantity::same(found, wanted),
        _ => found == wanted,
    };
    desired.iter().all(|(field, wanted)| live.get(field).is_some_and(|found| equal(found, wanted)))
}

fn covers_list(live: &[Value], desired: &[Value]) -> bool {
    let Some(keys) = merge_keys(desired) else {
        return live.len() == desired.len() && live.iter().zip(desired).all(|(l, d)| covers(l, d));
    };
    desired.iter().all(|wanted| live.iter().any(|found| same(found, wanted, keys) && covers(found, wanted)))
}

fn merge_keys(list: &[Value]) -> Option<&'static [&'static str]> {
    let has_all = |keys: &&&[&str]| list.iter().all(|item| keys.iter().all(|key| item.get(key).is_some()));
    if list.is_empty() { None } else { MERGE_KEYS.iter().find(has_all).copied() }
}

fn same(live: &Value, desired: &Value, keys: &[&str]) -> bool {
    keys.iter().all(|key| live.get(key) == desired.get(key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(containers: &Value) -> Value {
        json!({"spec": {"containers": containers, "restartPolicy": "Always"}})
    }

    #[test]
    fn additions_of_others_are_ignored() {
        let desired = json!({"spec": {"containers": [{"name": "a", "image": "x"}]}});
        let live =
            pod(&json!([{"name": "sidecar", "image": "y"}, {"name": "a", "image": "x", "stdin": false}]));
        assert!(covers(&live, &desired));
    }

    #[test]
    fn changes_and_removals_are_found() {
        let desired = json!({"spec": {"containers": [{"name": "a", "image": "x", "args": ["1", "2"]}]}});
        for containers in [
            json!([{"name": "a", "image": "other", "args": ["1", "2"]}]),
            json!([{"name": "a", "image": "x"}]),
            json!([{"name": "a", "image": "x", "args": ["1", "2", "3"]}]),
            json!([{"name": "a", "image": "x", "args": ["2", "1"]}]),
            json!([]),
        ] {
            assert!(!covers(&pod(&containers), &desired), "{containers}");
        }
    }

    #[test]
    fn what_has_one_meaning_as_a_whole_takes_no_additions() {
        let policy = |peer: &Value, ports: &Value| json!({"spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": peer}], "ports": ports}]}});
        let port = json!({"port": 5432, "protocol": "TCP"});
        let desired = policy(&json!({"matchLabels": {"a": "b"}}), &json!([port]));
        assert!(covers(&desired, &desired));
        let wider =
            policy(&json!({"matchLabels": {"a": "b"}}), &json!([port, {"port": 22, "protocol": "TCP"}]));
        let range = policy(
            &json!({"matchLabels": {"a": "b"}}),
            &json!([{"port": 5432, "endPort": 65535, "protocol": "TCP"}]),
        );
        let narrower = policy(&json!({"matchLabels": {"a": "b", "c": "d"}}), &json!([port]));
        for changed in [wider, range, narrower] {
            assert!(!covers(&changed, &desired), "{changed}");
        }
        let service = |selector: &Value| json!({"spec": {"selector": selector}});
        assert!(!covers(&service(&json!({"a": "b", "c": "d"})), &service(&json!({"a": "b"}))));
    }

    #[test]
    fn quantities_are_compared_by_value() {
        let amounts = |cpu: &str, memory: &str| json!({"limits": {"cpu": cpu, "memory": memory}});
        assert!(covers(&amounts("500m", "1Gi"), &amounts("0.5", "1024Mi")));
        assert!(!covers(&amounts("500m", "1Gi"), &amounts("0.5", "2Gi")));
    }

    #[test]
    fn ports_are_matched_by_number() {
        let desired = json!({"ports": [{"name": "http", "port": 80, "protocol": "TCP"}]});
        let live = json!({"ports": [{"name": "x", "port": 81, "protocol": "TCP"},
                                    {"name": "http", "port": 80, "protocol": "TCP", "nodePort": 30000}]});
        assert!(covers(&live, &desired));
        assert!(!covers(&json!({"ports": [{"name": "web", "port": 80, "protocol": "TCP"}]}), &desired));
    }
}
