//! Volumes that shall be larger: what may be asked of the API server, and what is told while it isn't done. Pure.
//!
//! Growth never holds up a rollout: the store works on, with the volume it has.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::build::object::{Key, Kind, Object};
use crate::quantity;

const SIZE: &str = "/spec/resources/requests/storage";
/// A kubelet that can grow a file system in use does it within this time.
const IN_USE: Duration = Duration::from_secs(120);

/// A volume that is smaller than wanted, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    pub message: String,
    /// Nothing happens before a person acts.
    pub stuck: bool,
}

/// The claim as it may be applied over the live one: it never shrinks, and it grows only once it is bound, because the
/// API server takes no change of another.
pub fn applicable(desired: &Value, live: &Value) -> Value {
    let keeps = match (bytes(desired), bytes(live)) {
        (Some(wanted), Some(found)) => {
            found >= wanted || live.pointer("/status/phase") != Some(&"Bound".into())
        }
        _ => false,
    };
    if keeps { with_size_of(desired, live) } else { desired.clone() }
}

/// The desired claim with the size that the live one has.
pub fn with_size_of(desired: &Value, live: &Value) -> Value {
    let mut result = desired.clone();
    if let (Some(size), Some(kept)) = (result.pointer_mut(SIZE), live.pointer(SIZE)) {
        *size = kept.clone();
    }
    result
}

/// True if `desired` asks for more than `live` has.
pub fn grows(desired: &Value, live: &Value) -> bool {
    matches!((bytes(desired), bytes(live)), (Some(wanted), Some(found)) if wanted > found)
}

fn bytes(claim: &Value) -> Option<u64> {
    claim.pointer(SIZE).and_then(Value::as_str).and_then(quantity::bytes)
}

/// Every claim that hasn't grown as wanted. `refused` has the answers of the API server, by name of the claim.
pub fn observe(
    objects: &[Object],
    live: &BTreeMap<Key, Value>,
    refused: &BTreeMap<String, String>,
    now: Timestamp,
) -> Vec<Growth> {
    let claims = objects.iter().filter(|object| object.kind == Kind::PersistentVolumeClaim);
    claims.filter_map(|claim| growth(claim, live.get(&claim.key())?, refused.get(&claim.name), now)).collect()
}

fn growth(claim: &Object, live: &Value, refused: Option<&String>, now: Timestamp) -> Option<Growth> {
    let name = &claim.name;
    let wanted = text(&claim.value, SIZE);
    if grows(&claim.value, live) {
        return Some(match refused {
            Some(answer) => refusal(name, live, wanted, answer),
            None => waiting(format!("volume claim {name} grows to {wanted} once it is bound to a volume")),
        });
    }
    let asked = text(live, SIZE);
    let has = live.pointer("/status/capacity/storage").and_then(Value::as_str)?;
    if quantity::bytes(has)? >= quantity::bytes(asked)? {
        return None;
    }
    Some(under_way(name, live, has, asked, now))
}

fn refusal(name: &str, live: &Value, wanted: &str, answer: &str) -> Growth {
    let class = match text(live, "/spec/storageClassName") {
        "" => "which has no storage class".to_owned(),
        class => format!("of storage class {class}"),
    };
    stuck(format!(
        "volume claim {name}, {class}, can't grow from {} to {wanted}: {answer}; if the class can expand volumes, set \
         allowVolumeExpansion in it, else move the data to a claim of another class",
        text(live, SIZE)
    ))
}

fn under_way(name: &str, live: &Value, has: &str, asked: &str, now: Timestamp) -> Growth {
    let status = text(live, "/status/allocatedResourceStatuses/storage");
    let sizes = format!("from {has} to {asked}");
    if status.ends_with("Infeasible") {
        return stuck(format!(
            "the storage can't grow volume claim {name} {sizes} ({status}): see its events (kubectl describe pvc {name})"
        ));
    }
    match condition(live, "FileSystemResizePending") {
        Some(since) if now.duration_since(since).unsigned_abs() >= IN_USE => stuck(format!(
            "volume claim {name} grows {sizes} when its file system is mounted anew: delete the pod that uses it"
        )),
        _ => waiting(format!("volume claim {name} is growing {sizes}")),
    }
}

/// Since when a condition of a claim is true.
fn condition(claim: &Value, type_: &str) -> Option<Timestamp> {
    let conditions = claim.pointer("/status/conditions")?.as_array()?;
    let found =
        conditions.iter().find(|condition| condition["type"] == type_ && condition["status"] == "True")?;
    found["lastTransitionTime"].as_str()?.parse().ok()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn waiting(message: String) -> Growth {
    Growth { message, stuck: false }
}

fn stuck(message: String) -> Growth {
    Growth { message, stuck: true }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::build::names::Stage;
    use super::*;

    fn claim(size: &str) -> Value {
        json!({"spec": {"resources": {"requests": {"storage": size}}}})
    }

    fn bound(size: &str, status: Value) -> Value {
        let mut live = claim(size);
        live["spec"]["storageClassName"] = json!("standard");
        live["status"] = status;
        live["status"]["phase"] = json!("Bound");
        live
    }

    fn observed(size: &str, live: &Value, refused: Option<&str>, second: i64) -> Option<Growth> {
        let object = Object {
            kind: Kind::PersistentVolumeClaim,
            name: "p-data".to_owned(),
            stage: Stage::Foundation,
            component: None,
            retained: true,
            autoscaled: false,
            value: claim(size),
        };
        let refused = refused.map(|answer| ("p-data".to_owned(), answer.to_owned())).into_iter().collect();
        let live = BTreeMap::from([(object.key(), live.clone())]);
        observe(&[object], &live, &refused, Timestamp::from_second(second).expect("a time")).pop()
    }

    #[test]
    fn claims_grow_when_bound_and_never_shrink() {
        assert_eq!(applicable(&claim("20Gi"), &bound("10Gi", json!({}))), claim("20Gi"));
        assert_eq!(applicable(&claim("20Gi"), &claim("10Gi")), claim("10Gi"));
        assert_eq!(applicable(&claim("10Gi"), &bound("20Gi", json!({}))), claim("20Gi"));
        assert_eq!(applicable(&claim("1024Mi"), &bound("1Gi", json!({}))), claim("1Gi"));
        assert_eq!(applicable(&json!({"spec": {}}), &json!({})), json!({"spec": {}}));
    }

    #[test]
    fn a_claim_of_the_wanted_size_is_no_news() {
        let live = bound("10Gi", json!({"capacity": {"storage": "10Gi"}}));
        assert_eq!(observed("10Gi", &live, None, 0), None);
        assert_eq!(observed("5Gi", &live, None, 0), None);
        assert_eq!(observed("10Gi", &claim("10Gi"), None, 0), None);
    }

    #[test]
    fn a_refusal_names_claim_class_and_what_to_do() {
        let live = bound("10Gi", json!({"capacity": {"storage": "10Gi"}}));
        let growth = observed("20Gi", &live, Some("no expansion"), 0).expect("news");
        assert!(growth.stuck);
        for part in ["p-data", "standard", "10Gi to 20Gi", "no expansion", "allowVolumeExpansion"] {
            assert!(growth.message.contains(part), "{}", growth.message);
        }
    }

    #[test]
    fn a_restart_is_asked_for_only_when_the_kubelet_did_not_do_it() {
        let pending = json!({"capacity": {"storage": "10Gi"}, "conditions": [
            {"type": "FileSystemResizePending", "status": "True", "lastTransitionTime": "1970-01-01T00:01:40Z"}]});
        let live = bound("20Gi", pending);
        let early = observed("20Gi", &live, None, 110).expect("news");
        assert!(!early.stuck && early.message.contains("is growing from 10Gi to 20Gi"), "{}", early.message);
        let late = observed("20Gi", &live, None, 1000).expect("news");
        assert!(late.stuck && late.message.contains("delete the pod"), "{}", late.message);
    }

    #[test]
    fn storage_that_gives_up_is_a_persons_matter() {
        let status = json!({"capacity": {"storage": "10Gi"},
                            "allocatedResourceStatuses": {"storage": "ControllerResizeInfeasible"}});
        let growth = observed("20Gi", &bound("20Gi", status), None, 0).expect("news");
        assert!(growth.stuck && growth.message.contains("ControllerResizeInfeasible"), "{}", growth.message);
    }

    #[test]
    fn an_unbound_claim_waits() {
        let growth = observed("20Gi", &claim("10Gi"), None, 0).expect("news");
        assert!(!growth.stuck && growth.message.contains("once it is bound"), "{}", growth.message);
    }
}
