//! What a pass would change, without doing it. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::build::names::Component;
use super::build::object::{Key, Kind, Object, desired_hash};
use super::covers::covers;
use super::growth;
use super::prune::surplus;
use super::replicas::handed_over;

/// Changes of objects, and what they mean for pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub create: BTreeSet<Key>,
    pub change: BTreeSet<Key>,
    pub delete: BTreeSet<Key>,
    /// Components whose pods are replaced.
    pub restart: BTreeSet<Component>,
}

/// `owner` is the uid of the resource.
pub fn plan(objects: &[Object], live: &BTreeMap<Key, Value>, owner: &str) -> Plan {
    let mut plan = Plan::default();
    for object in objects {
        let Some(found) = live.get(&object.key()) else {
            plan.create.insert(object.key());
            continue;
        };
        let mut desired = growth::applicable(&object.value, found);
        if object.autoscaled {
            desired = handed_over(&desired, found);
        }
        if desired_hash(found) == Some(object.desired_hash()) && covers(found, &desired) {
            continue;
        }
        plan.change.insert(object.key());
        if replaces_pods(object.kind, found, &desired) {
            plan.restart.extend(object.component);
        }
    }
    plan.delete = surplus(live, objects, owner).into_iter().map(|(key, _)| key).collect();
    plan
}

/// True if the workload's pod template changes.
fn replaces_pods(kind: Kind, live: &Value, desired: &Value) -> bool {
    let template = |object: &Value| object.pointer("/spec/template").cloned().unwrap_or_default();
    matches!(kind, Kind::Deployment | Kind::StatefulSet) && !covers(&template(live), &template(desired))
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Components that restart, for a sentence.
    pub fn restarts(&self) -> String {
        let names: Vec<_> = self.restart.iter().map(|component| component.as_str()).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }
}

/// One line for each change, and what restarts.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (verb, keys) in [("create", &self.create), ("change", &self.change), ("delete", &self.delete)] {
            for (kind, name) in keys {
                writeln!(f, "{verb} {} {name}", kind.as_str())?;
            }
        }
        writeln!(f, "restart {}", self.restarts())
    }
}

#[cfg(test)]
mod tests {
    use phasma_crds::labels;
    use serde_json::json;

    use super::super::build::names::Stage;
    use super::*;

    fn deployment(image: &str, replicas: i32) -> Object {
        let template = json!({"spec": {"containers": [{"name": "api", "image": image}]}});
        Object {
            kind: Kind::Deployment,
            name: "p-api".to_owned(),
            stage: Stage::Api,
            component: Some(Component::Api),
            retained: false,
            autoscaled: false,
            value: json!({
                "metadata": {"name": "p-api", "annotations": {labels::DESIRED_HASH: format!("{image} {replicas}")}},
                "spec": {"replicas": replicas, "template": template},
            }),
        }
    }

    fn live(object: &Object) -> BTreeMap<Key, Value> {
        let mut value = object.value.clone();
        value["metadata"]["uid"] = json!("object");
        value["metadata"]["ownerReferences"] = json!([{"uid": "owner", "controller": true}]);
        BTreeMap::from([(object.key(), value)])
    }

    #[test]
    fn only_another_pod_template_restarts_pods() {
        let before = live(&deployment("one", 1));
        assert!(plan(&[deployment("one", 1)], &before, "owner").is_empty());
        let scaled = plan(&[deployment("one", 2)], &before, "owner");
        assert_eq!((scaled.change.len(), scaled.restart.len()), (1, 0));
        let updated = plan(&[deployment("two", 1)], &before, "owner");
        assert_eq!(updated.to_string(), "change Deployment p-api\nrestart api\n");
    }

    #[test]
    fn what_is_missing_is_created_and_what_is_not_wanted_deleted() {
        let api = deployment("one", 1);
        let fresh = plan(std::slice::from_ref(&api), &BTreeMap::new(), "owner");
        assert_eq!(fresh.to_string(), "create Deployment p-api\nrestart nothing\n");
        assert_eq!(plan(&[], &live(&api), "owner").to_string(), "delete Deployment p-api\nrestart nothing\n");
        assert!(plan(&[], &live(&api), "another").is_empty());
    }
}
