//! Who decides how many replicas an autoscaled workload has.
//!
//! Leaving the field out at once would be a mistake: the last owner's value would fall back to one. So the live value is
//! applied on until somebody else has set the field, and is left to them from then on.

use phasma_crds::labels;
use serde_json::{Value, json};

const REPLICAS: &str = "/spec/replicas";

/// The workload with the replicas it has; or without saying anything about them, once others do.
pub fn handed_over(desired: &Value, live: &Value) -> Value {
    let mut desired = desired.clone();
    if set_by_others(live) {
        if let Some(spec) = desired["spec"].as_object_mut() {
            spec.remove("replicas");
        }
    } else if let Some(replicas) = live.pointer(REPLICAS) {
        desired["spec"]["replicas"] = json!(replicas);
    }
    desired
}

fn set_by_others(live: &Value) -> bool {
    let entries = live["metadata"]["managedFields"].as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().any(|entry| {
        entry["manager"] != labels::MANAGER && entry.pointer("/fieldsV1/f:spec/f:replicas").is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(replicas: i32, managers: &[&str]) -> Value {
        let entry = |manager: &&str| {
            json!({"manager": manager, "operation": "Update",
                   "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {}}}})
        };
        let entries: Vec<Value> = managers.iter().map(entry).collect();
        json!({"metadata": {"managedFields": entries}, "spec": {"replicas": replicas, "paused": false}})
    }

    #[test]
    fn the_live_value_is_kept_until_somebody_else_sets_it() {
        let desired = json!({"spec": {"replicas": 2, "paused": false}});
        let ours = deployment(5, &[labels::MANAGER]);
        assert_eq!(handed_over(&desired, &ours)["spec"]["replicas"], json!(5));
        let theirs = deployment(5, &["kube-controller-manager"]);
        assert_eq!(handed_over(&desired, &theirs), json!({"spec": {"paused": false}}));
        let shared = deployment(5, &[labels::MANAGER, "kube-controller-manager"]);
        assert_eq!(handed_over(&desired, &shared), json!({"spec": {"paused": false}}));
    }

    #[test]
    fn others_who_set_other_fields_decide_nothing() {
        let mut live = deployment(3, &["somebody"]);
        live["metadata"]["managedFields"][0]["fieldsV1"] = json!({"f:status": {"f:replicas": {}}});
        assert_eq!(handed_over(&json!({"spec": {"replicas": 1}}), &live)["spec"]["replicas"], json!(3));
    }
}
