//! The only writer of objects: server-side apply with one field manager, and no request where nothing differs.

use std::collections::{BTreeMap, btree_map::Entry};

use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use metrics::counter;
use phasma_crds::labels;
use serde_json::{Value, json};
use thiserror::Error;

use super::build::object::{Key, Kind, Object, desired_hash};
use super::covers::covers;
use super::growth;
use super::prune::PruneError;
use super::replicas::handed_over;

/// Forbidden (the storage class can't expand volumes) and invalid (the claim is in no state to).
const REFUSALS: [u16; 2] = [403, 422];

/// Malformed, and against a rule of its kind.
const INVALID: [u16; 2] = [400, 422];

#[derive(Debug, Error)]
pub enum ApplyError {
    /// Somebody else's object has the name. It is left alone.
    #[error("{kind} {name} exists but does not belong to this resource; rename the resource or remove it")]
    Foreign { kind: &'static str, name: String },
    /// It goes first; then its successor is made.
    #[error("{kind} {name} is being deleted; it is made anew when it is gone")]
    Terminating { kind: &'static str, name: String },
    #[error(transparent)]
    Surplus(#[from] PruneError),
    #[error("{} {name}: {source}", kind.as_str())]
    Request { kind: Kind, name: String, source: Box<kube::Error> },
}

impl ApplyError {
    fn request(object: &Object, source: kube::Error) -> Self {
        Self::Request { kind: object.kind, name: object.name.clone(), source: Box::new(source) }
    }

    /// The object, if the API server will never take it as it is.
    pub fn refused(&self) -> Option<Key> {
        let ApplyError::Request { kind, name, source } = self else { return None };
        let kube::Error::Api(status) = &**source else { return None };
        // That another object has the name now says nothing about this one.
        let causes = status.details.iter().flat_map(|details| &details.causes);
        let is_another = causes.into_iter().any(|cause| cause.field == "metadata.uid");
        (INVALID.contains(&status.code) && !is_another).then(|| (*kind, name.clone()))
    }

    /// True if only a person can help.
    pub fn is_conflict(&self) -> bool {
        matches!(self, ApplyError::Foreign { .. })
    }
}

/// Field manager of what apply can't do: what the operator's own manager sets stays its own to remove.
const AUXILIARY: &str = "phasma-operator-auxiliary";

/// The live objects of one resource, kept current by what it applies.
pub struct Applier<'a> {
    client: &'a Client,
    namespace: &'a str,
    owner: &'a str,
    live: BTreeMap<Key, Value>,
    refused: BTreeMap<String, String>,
}

impl<'a> Applier<'a> {
    /// `owner` is the uid of the resource.
    pub fn new(client: &'a Client, namespace: &'a str, owner: &'a str, live: BTreeMap<Key, Value>) -> Self {
        Self { client, namespace, owner, live, refused: BTreeMap::new() }
    }

    pub fn live(&self) -> &BTreeMap<Key, Value> {
        &self.live
    }

    pub fn is_there(&self, object: &Object) -> bool {
        self.live.contains_key(&object.key())
    }

    /// Volume claims that the API server would not let grow, with what it said.
    pub fn refused(&self) -> &BTreeMap<String, String> {
        &self.refused
    }

    /// True if the live object already is as desired but for what others did to it.
    pub fn was_applied(&self, object: &Object) -> bool {
        let live = self.live.get(&object.key());
        live.is_some_and(|live| desired_hash(live) == Some(object.desired_hash()))
    }

    /// Makes the live object carry every desired field.
    pub async fn apply(&mut self, object: &Object) -> Result<(), ApplyError> {
        let api = self.api(object);
        let is_late = self.find(&api, object).await.map_err(|error| ApplyError::request(object, error))?;
        if is_late && object.kind == Kind::ControllerRevision {
            // What it says of a rollout is newer than what this pass knows.
            return Ok(());
        }
        let live = self.live.get(&object.key());
        let mut desired = object.value.clone();
        let mut grows = false;
        if let Some(live) = live {
            self.check(object, live)?;
            desired = growth::applicable(&desired, live);
            if object.autoscaled {
                desired = handed_over(&desired, live);
            }
            if covers(live, &desired) {
                return Ok(());
            }
            grows = growth::grows(&desired, live);
            demand_same(&mut desired, live, object);
            if rolls_instead(&desired, live) {
                recreate_again(&api, object).await.map_err(|error| ApplyError::request(object, error))?;
            }
        }
        match self.send(object, &desired).await {
            Err(kube::Error::Api(answer)) if grows && REFUSALS.contains(&answer.code) => {
                self.refused.insert(object.name.clone(), answer.message.clone());
                self.apply_without_growth(object).await
            }
            result => result.map_err(|error| ApplyError::request(object, error)),
        }
    }

    /// A claim that may not grow is still cared for.
    async fn apply_without_growth(&mut self, object: &Object) -> Result<(), ApplyError> {
        let Some(live) = self.live.get(&object.key()) else { return Ok(()) };
        let desired = growth::with_size_of(&object.value, live);
        if covers(live, &desired) {
            return Ok(());
        }
        self.send(object, &desired).await.map_err(|error| ApplyError::request(object, error))
    }

    async fn send(&mut self, object: &Object, desired: &Value) -> Result<(), kube::Error> {
        let params = PatchParams::apply(labels::MANAGER).force();
        let applied = self.api(object).patch(&object.name, &params, &Patch::Apply(desired)).await?;
        counter!("phasma_operator_writes_total", "kind" => object.kind.as_str(), "verb" => "apply")
            .increment(1);
        self.live.insert(object.key(), serde_json::to_value(applied).unwrap_or_default());
        Ok(())
    }

    /// Looks by name for what no list showed: it may have lost the label we list by, or belong to somebody else.
    /// True if a list should have shown it: it is younger than the list.
    async fn find(&mut self, api: &Api<DynamicObject>, object: &Object) -> Result<bool, kube::Error> {
        let Entry::Vacant(unknown) = self.live.entry(object.key()) else { return Ok(false) };
        let found = if is_root(object) {
            Some(reserve(api, object).await?)
        } else {
            api.get_opt(&object.name).await?
        };
        let Some(found) = found else { return Ok(false) };
        let live = unknown.insert(serde_json::to_value(found).unwrap_or_default());
        let same =
            |label: &str| live["metadata"]["labels"][label] == object.value["metadata"]["labels"][label];
        Ok(same(labels::MANAGED_BY) && same(labels::INSTANCE))
    }

    fn api(&self, object: &Object) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), self.namespace, &object.kind.api_resource())
    }

    fn check(&self, object: &Object, live: &Value) -> Result<(), ApplyError> {
        let (kind, name) = (object.kind.as_str(), object.name.clone());
        if !live["metadata"]["deletionTimestamp"].is_null() {
            return Err(ApplyError::Terminating { kind, name });
        }
        if self.may_write(object, live) { Ok(()) } else { Err(ApplyError::Foreign { kind, name }) }
    }

    /// Ours by owner; or retained, not owned by another, and made for this very resource or by this operator for a
    /// resource of the same name.
    fn may_write(&self, object: &Object, live: &Value) -> bool {
        let metadata = &live["metadata"];
        let made_for = metadata["annotations"][labels::MADE_FOR].as_str();
        let same = |label: &str| metadata["labels"][label] == object.value["metadata"]["labels"][label];
        let of_this_name = made_for.is_some() && same(labels::MANAGED_BY) && same(labels::INSTANCE);
        match controller(metadata) {
            Some(uid) => uid == self.owner,
            None => object.retained && (made_for == Some(self.owner) || of_this_name),
        }
    }
}

/// True for the Secrets behind all others: what they hold can't be made twice.
pub fn is_root(object: &Object) -> bool {
    object.kind == Kind::Secret && object.retained
}

/// Takes the name by an empty object. Unlike apply, creation fails if another operator was faster, so that two that
/// start at the same time never overwrite each other's credentials.
async fn reserve(api: &Api<DynamicObject>, object: &Object) -> Result<DynamicObject, kube::Error> {
    let mut empty = DynamicObject::new(&object.name, &object.kind.api_resource());
    let metadata = &object.value["metadata"];
    empty.metadata.labels = serde_json::from_value(metadata["labels"].clone()).unwrap_or_default();
    let made_for = metadata["annotations"][labels::MADE_FOR].as_str().unwrap_or_default().to_owned();
    empty.metadata.annotations = Some(BTreeMap::from([(labels::MADE_FOR.to_owned(), made_for)]));
    let params = PostParams { field_manager: Some(AUXILIARY.to_owned()), ..PostParams::default() };
    counter!("phasma_operator_writes_total", "kind" => object.kind.as_str(), "verb" => "create").increment(1);
    api.create(&params, &empty).await
}

/// What was seen must still be there: nobody else's object that took its place meanwhile is written to. Roots must not
/// even have changed, since what is written was made from what was seen.
fn demand_same(desired: &mut Value, live: &Value, object: &Object) {
    desired["metadata"]["uid"] = live["metadata"]["uid"].clone();
    if is_root(object) {
        desired["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
    }
}

/// Uid of the object's controller.
pub fn controller(metadata: &Value) -> Option<&str> {
    let owners = metadata["ownerReferences"].as_array()?;
    owners.iter().find(|owner| owner["controller"] == json!(true)).and_then(|owner| owner["uid"].as_str())
}

/// Someone chose a rolling update for what must not run twice.
fn rolls_instead(desired: &Value, live: &Value) -> bool {
    let recreates = desired.pointer("/spec/strategy/type").is_some_and(|strategy| strategy == "Recreate");
    recreates && live.pointer("/spec/strategy/rollingUpdate").is_some()
}

/// Takes the parameters of a rolling update out: they would make the API server refuse the other strategy, and apply
/// can't remove what it did not set.
async fn recreate_again(api: &Api<DynamicObject>, object: &Object) -> Result<(), kube::Error> {
    let params = PatchParams { field_manager: Some(AUXILIARY.to_owned()), ..PatchParams::default() };
    let patch = Patch::Merge(json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}));
    counter!("phasma_operator_writes_total", "kind" => object.kind.as_str(), "verb" => "patch").increment(1);
    api.patch(&object.name, &params, &patch).await.map(|_| ())
}
