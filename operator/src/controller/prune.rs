//! Removes what the resource owns and no longer wants, over the closed list of kinds.

use std::collections::{BTreeMap, BTreeSet};

use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, Preconditions};
use metrics::counter;
use serde_json::Value;
use thiserror::Error;

use super::apply::controller;
use super::build::object::{Key, Kind, Object};

#[derive(Debug, Error)]
#[error("delete {kind} {name}: {source}")]
pub struct PruneError {
    kind: &'static str,
    name: String,
    source: Box<kube::Error>,
}

/// Live objects owned by `owner` that are not desired. Retained ones have no owner and are never among them.
pub fn surplus(live: &BTreeMap<Key, Value>, desired: &[Object], owner: &str) -> Vec<(Key, String)> {
    let wanted: BTreeSet<Key> = desired.iter().map(Object::key).collect();
    live.iter()
        .filter(|(key, _)| !wanted.contains(key))
        .filter(|(_, object)| controller(&object["metadata"]) == Some(owner))
        .filter(|(_, object)| object["metadata"]["deletionTimestamp"].is_null())
        .filter_map(|(key, object)| Some((key.clone(), object["metadata"]["uid"].as_str()?.to_owned())))
        .collect()
}

/// Nothing is torn down before all that replaces it is there: an Ingress stays while the HTTPRoute after it can't be
/// made. But a superseded Job has nothing left to do, and an autoscaler that is not wanted any more would fight about
/// the replicas.
pub fn may_go(kind: Kind, complete: bool, awaits_route: bool) -> bool {
    match kind {
        Kind::Job | Kind::HorizontalPodAutoscaler => true,
        Kind::Ingress => complete && !awaits_route,
        _ => complete,
    }
}

/// Deletes one object, if it is still the one that was seen. Gone already is fine.
pub async fn delete(client: &Client, namespace: &str, key: &Key, uid: &str) -> Result<(), PruneError> {
    let (kind, name) = key;
    let api = Api::<DynamicObject>::namespaced_with(client.clone(), namespace, &kind.api_resource());
    let same = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
    let params = DeleteParams { preconditions: Some(same), ..DeleteParams::background() };
    counter!("phasma_operator_writes_total", "kind" => kind.as_str(), "verb" => "delete").increment(1);
    match api.delete(name, &params).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 || status.code == 409 => Ok(()),
        Err(source) => Err(PruneError { kind: kind.as_str(), name: name.clone(), source: Box::new(source) }),
    }
}
