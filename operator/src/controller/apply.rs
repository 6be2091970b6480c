//! The only writer of objects: server-side apply with one field manager, and no request where nothing differs.

use std::collections::{BTreeMap, btree_map::Entry};

use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use metrics::counter;
use phasma_crds::labels;
use serde_json::{Value, json};
use thiserror::Error;

use super::build::object::{Key, Object, desired_hash};
use super::covers::covers;
use super::replicas::handed_over;
use crate::quantity;

#[derive(Debug, Error)]
pub enum ApplyError {
    /// Somebody else's object has the name. It is left alone.
    #[error("{kind} {name} exists but does not belong to this resource; rename the resource or remove it")]
    Foreign { kind: &'static str, name: String },
    #[error("{kind} {name}: {source}")]
    Request { kind: &'static str, name: String, source: Box<kube::Error> },
}

impl ApplyError {
    fn request(object: &Object, source: kube::Error) -> Self {
        Self::Request { kind: object.kind.as_str(), name: object.name.clone(), source: Box::new(source) }
    }

    /// True if only a person can help.
    pub fn is_conflict(&self) -> bool {
        matches!(self, ApplyError::Foreign { .. })
    }
}

/// The live objects of one resource, kept current by what it applies.
pub struct Applier<'a> {
    client: &'a Client,
    namespace: &'a str,
    owner: &'a str,
    live: BTreeMap<Key, Value>,
}

impl<'a> Applier<'a> {
    /// `owner` is the uid of the resource.
    pub fn new(client: &'a Client, namespace: &'a str, owner: &'a str, live: BTreeMap<Key, Value>) -> Self {
        Self { client, namespace, owner, live }
    }

    pub fn live(&self) -> &BTreeMap<Key, Value> {
        &self.live
    }

    /// True if the live object already is as desired but for what others did to it.
    pub fn was_applied(&self, object: &Object) -> bool {
        let live = self.live.get(&object.key());
        live.is_some_and(|live| desired_hash(live) == Some(object.desired_hash()))
    }

    /// Makes the live object carry every desired field.
    pub async fn apply(&mut self, object: &Object) -> Result<(), ApplyError> {
        let api = self.api(object);
        if let Entry::Vacant(unknown) = self.live.entry(object.key()) {
            // It may have lost the label we list by, or belong to somebody else.
            let found =
                api.get_opt(&object.name).await.map_err(|error| ApplyError::request(object, error))?;
            if let Some(found) = found {
                unknown.insert(serde_json::to_value(found).unwrap_or_default());
            }
        }
        let live = self.live.get(&object.key());
        if live.is_some_and(|live| !self.may_write(object, live)) {
            return Err(ApplyError::Foreign { kind: object.kind.as_str(), name: object.name.clone() });
        }
        let desired = live.map_or_else(|| object.value.clone(), |live| adapted(object, live));
        if live.is_some_and(|live| covers(live, &desired)) {
            return Ok(());
        }
        let params = PatchParams::apply(labels::MANAGER).force();
        let applied = api.patch(&object.name, &params, &Patch::Apply(&desired)).await;
        let applied = applied.map_err(|error| ApplyError::request(object, error))?;
        counter!("phasma_operator_writes_total", "kind" => object.kind.as_str(), "verb" => "apply")
            .increment(1);
        self.live.insert(object.key(), serde_json::to_value(applied).unwrap_or_default());
        Ok(())
    }

    fn api(&self, object: &Object) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), self.namespace, &object.kind.api_resource())
    }

    /// Ours by owner; or retained, made by this operator for a resource of the same name, and not owned by another.
    fn may_write(&self, object: &Object, live: &Value) -> bool {
        let metadata = &live["metadata"];
        let owner = controller(metadata);
        let same = |label: &str| metadata["labels"][label] == object.value["metadata"]["labels"][label];
        let made_for_this_name = metadata["annotations"][labels::MADE_FOR].is_string()
            && same(labels::MANAGED_BY)
            && same(labels::INSTANCE);
        match owner {
            Some(uid) => uid == self.owner,
            None => object.retained && made_for_this_name,
        }
    }
}

/// Uid of the object's controller.
pub fn controller(metadata: &Value) -> Option<&str> {
    let owners = metadata["ownerReferences"].as_array()?;
    owners.iter().find(|owner| owner["controller"] == json!(true)).and_then(|owner| owner["uid"].as_str())
}

/// What is wanted, given what is there.
fn adapted(object: &Object, live: &Value) -> Value {
    let desired = without_shrinking(&object.value, live);
    if object.autoscaled { handed_over(&desired, live) } else { desired }
}

/// A claim never shrinks: one that is larger than asked for, grown by hand or by an earlier spec, keeps its size.
fn without_shrinking(desired: &Value, live: &Value) -> Value {
    const SIZE: &str = "/spec/resources/requests/storage";
    let bytes = |object: &Value| object.pointer(SIZE).and_then(Value::as_str).and_then(quantity::bytes);
    let mut result = desired.clone();
    if let (Some(wanted), Some(found)) = (bytes(desired), bytes(live))
        && found >= wanted
        && let (Some(size), Some(kept)) = (result.pointer_mut(SIZE), live.pointer(SIZE))
    {
        *size = kept.clone();
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(size: &str) -> Value {
        json!({"spec": {"resources": {"requests": {"storage": size}}}})
    }

    #[test]
    fn claims_grow_and_never_shrink() {
        assert_eq!(without_shrinking(&claim("20Gi"), &claim("10Gi")), claim("20Gi"));
        assert_eq!(without_shrinking(&claim("10Gi"), &claim("20Gi")), claim("20Gi"));
        assert_eq!(without_shrinking(&claim("1024Mi"), &claim("1Gi")), claim("1Gi"));
        assert_eq!(without_shrinking(&json!({"spec": {}}), &json!({})), json!({"spec": {}}));
    }
}
