//! Whether what is being rolled out is to blame for what doesn't work. Pure.
//!
//! Only what differs from the revision that worked last can be to blame, and only as long as everything else works: if a
//! store that was not touched is down, programs fail without fault of theirs. So of a program that crashes only those runs
//! count that began when all stores were ready.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use k8s_openapi::jiff::Timestamp;
use phasma_crds::conditions::{self, reasons, status};
use phasma_crds::{Phasma, labels};
use serde_json::Value;

use super::build::names::{Component, Stage};
use super::build::object::{Key, Kind, Object};
use super::covers::covers;
use super::health::Health;
use super::rollout::Progress;

/// Restarts after which a program that crashes won't do better.
const RESTARTS: i32 = 3;

/// What is known about a rollout.
pub struct Trial<'a> {
    pub phasma: &'a Phasma,
    /// What is rolled out.
    pub objects: &'a [Object],
    /// What worked last.
    pub refuge: &'a [Object],
    pub progress: &'a Progress,
    pub live: &'a BTreeMap<Key, Value>,
    pub pods: &'a [Pod],
    /// How long a component may take.
    pub deadline: Duration,
    /// How long an image may be missing, or a container not be made: registries have their moments.
    pub patience: Duration,
    pub now: Timestamp,
}

impl Trial<'_> {
    /// Why what is rolled out has to be given up.
    pub fn verdict(&self) -> Option<String> {
        self.refused().or_else(|| {
            let changed = self.changed();
            let since = self.stores_ready_since(&changed)?;
            let suspects = changed.iter().filter_map(|component| {
                let health = self.progress.health.get(component).filter(|health| !health.ready)?;
                self.is_to_blame(*component, health, since).then(|| health.message.clone())
            });
            suspects.into_iter().next()
        })
    }

    /// Something new that the API server will never take.
    fn refused(&self) -> Option<String> {
        let invalid = self.progress.errors.iter().find(|error| {
            let refused = error.refused();
            refused.is_some_and(|key| self.differs(&key))
        });
        invalid.map(ToString::to_string)
    }

    fn differs(&self, key: &Key) -> bool {
        let hash = |objects: &[Object]| {
            let found = objects.iter().find(|object| object.key() == *key);
            found.map(|object| object.desired_hash().to_owned())
        };
        hash(self.objects) != hash(self.refuge)
    }

    /// Components whose pods are not those of the revision that worked.
    fn changed(&self) -> BTreeSet<Component> {
        let former: BTreeMap<_, _> = templates(self.refuge).collect();
        let changed = templates(self.objects).filter(|(component, t)| former.get(component) != Some(t));
        changed.map(|(component, _)| component).collect()
    }

    /// Since when every store that was not changed is ready; `None` while one isn't.
    fn stores_ready_since(&self, changed: &BTreeSet<Component>) -> Option<Timestamp> {
        let stores =
            self.progress.health.iter().filter(|(component, _)| Stage::of(**component) == Stage::Stores);
        let mut innocent = stores.filter(|(component, _)| !changed.contains(component));
        if !innocent.all(|(_, health)| health.ready) {
            return None;
        }
        let all = self.phasma.status.iter().flat_map(|status| &status.conditions);
        let of_stores = all.filter(|condition| conditions::OF_STORES.contains(&condition.type_.as_str()));
        let ready = of_stores.filter(|condition| condition.status == status::TRUE);
        Some(ready.map(|condition| condition.last_transition_time.0).max().unwrap_or(self.now))
    }

    fn is_to_blame(&self, component: Component, health: &Health, since: Timestamp) -> bool {
        let Some(object) = self.objects.iter().find(|object| object.component == Some(component)) else {
            return false;
        };
        let is_late = self.passed(since, self.deadline) && self.is_stuck(object);
        is_late || self.pods_of(object).any(|pod| self.is_hopeless(pod, health, since))
    }

    /// The Deployment's own controller says so; of a pod of anything else, its age does.
    fn is_stuck(&self, object: &Object) -> bool {
        if object.kind != Kind::Deployment {
            return self.pods_of(object).any(|pod| self.is_older(pod, self.deadline));
        }
        // What it said of a former template may still be there.
        let live = self.live.get(&object.key()).filter(|live| has_seen_its_spec(live));
        let conditions = live.and_then(|live| live.pointer("/status/conditions")?.as_array());
        conditions.into_iter().flatten().any(|condition| {
            condition["type"] == "Progressing" && condition["reason"] == "ProgressDeadlineExceeded"
        })
    }

    /// Pods as this revision wants them, not those it replaces.
    fn pods_of<'a>(&'a self, object: &'a Object) -> impl Iterator<Item = &'a Pod> {
        let template = object.value.pointer("/spec/template");
        let component = object.component.map(Component::as_str);
        self.pods.iter().filter(move |pod| {
            let label = pod.metadata.labels.as_ref().and_then(|labels| labels.get(labels::COMPONENT));
            label.map(String::as_str) == component
                && pod.metadata.deletion_timestamp.is_none()
                && template.is_some_and(|template| {
                    let pod = serde_json::to_value(pod).unwrap_or_default();
                    covers(&pod["spec"], &template["spec"]) && covers(&pod["metadata"], &template["metadata"])
                })
        })
    }

    fn is_hopeless(&self, pod: &Pod, health: &Health, since: Timestamp) -> bool {
        if [reasons::IMAGE_UNAVAILABLE, reasons::BAD_CONFIGURATION].contains(&health.reason) {
            return self.is_older(pod, self.patience);
        }
        let status = pod.status.as_ref();
        let containers =
            status.map(|status| status.init_container_statuses.iter().chain(&status.container_statuses));
        containers.into_iter().flatten().flatten().any(|container| crashed(container, since))
    }

    fn is_older(&self, pod: &Pod, age: Duration) -> bool {
        pod.metadata.creation_timestamp.as_ref().is_some_and(|created| self.passed(created.0, age))
    }

    fn passed(&self, since: Timestamp, time: Duration) -> bool {
        self.now.duration_since(since).unsigned_abs() >= time && self.now >= since
    }
}

fn has_seen_its_spec(live: &Value) -> bool {
    live.pointer("/status/observedGeneration") == live.pointer("/metadata/generation")
}

/// It failed again and again, at last in a run that began after all stores were ready.
fn crashed(container: &ContainerStatus, since: Timestamp) -> bool {
    let ended = |state: &Option<k8s_openapi::api::core::v1::ContainerState>| {
        state.as_ref().and_then(|state| state.terminated.clone())
    };
    let last = ended(&container.state).or_else(|| ended(&container.last_state));
    let failed = last.filter(|ended| ended.exit_code != 0);
    let began = failed.and_then(|ended| ended.started_at).map(|time| time.0);
    !container.ready && container.restart_count >= RESTARTS && began.is_some_and(|began| began > since)
}

/// What a component's pods are made of. A Job's name says so.
fn templates(objects: &[Object]) -> impl Iterator<Item = (Component, Value)> {
    objects.iter().filter_map(|object| {
        let template = match object.kind {
            Kind::Job => Value::String(object.name.clone()),
            _ => object.value.pointer("/spec/template")?.clone(),
        };
        Some((object.component?, template))
    })
}
