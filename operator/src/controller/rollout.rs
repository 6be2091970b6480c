//! The gate: stage after stage, forward or back, an object is made or changed only when every earlier stage is ready.
//!
//! Care is not gated: what was applied before and drifted is put right at any time, what was deleted from an established
//! platform comes back at any time, and nothing is torn down because a stage waits. One object that can't be applied
//! doesn't stop the others of its stage.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;

use super::apply::{Applier, ApplyError, is_root};
use super::build::names::{Component, Stage, Target};
use super::build::object::{Kind, Object};
use super::build::unusable;
use super::course::Hold;
use super::growth::{self, Growth};
use super::health::{Evidence, Health, observe};
use super::model::{Place, Platform};

/// How far a pass came.
#[derive(Default)]
pub struct Progress {
    pub health: BTreeMap<Component, Health>,
    pub errors: Vec<ApplyError>,
    /// Volumes that are not as large as wanted. They hold up nothing.
    pub growth: Vec<Growth>,
    /// Every stage was open.
    pub complete: bool,
    /// Fields without effect, because the cluster lacks a kind.
    pub missing: Vec<String>,
    /// Why this isn't what the resource asks for.
    pub hold: Option<Hold>,
    /// This revision has not worked long enough to be the last good one.
    pub unproven: bool,
}

/// Applies what may be applied, stage after stage, and observes every component. `established`: this version of the platform was complete
/// before, so its database is migrated, its slot exists, and a workload that is missing was deleted by someone.
pub async fn roll_out(
    applier: &mut Applier<'_>,
    platform: &Platform,
    objects: &[Object],
    evidence: Evidence<'_>,
    stages: [Stage; 10],
    established: bool,
) -> Progress {
    let mut progress = Progress { complete: true, ..Progress::default() };
    let known = objects.iter().filter(|object| is_claim(object)).all(|claim| applier.is_there(claim));
    for stage in stages {
        // Jobs are named by the volumes they work on, so these have to be known.
        progress.complete &= known || stage < Stage::Migrate;
        let mut failed = false;
        for object in objects.iter().filter(|object| object.stage == stage) {
            let deleted = established && object.kind != Kind::Job && !applier.is_there(object);
            let allowed = progress.complete || deleted || applier.was_applied(object);
            if allowed && let Err(error) = applier.apply(object).await {
                // Nothing waits for an object of another product.
                failed |= !object.kind.is_optional();
                progress.errors.push(error);
                // Credentials that aren't stored must not be used: the next pass would make others.
                if is_root(object) {
                    progress.complete = false;
                    return progress;
                }
            }
        }
        let seen = components(applier, platform, objects, evidence, stage);
        let ready = !failed && seen.iter().all(|(_, health)| health.ready);
        progress.complete &= ready;
        progress.health.extend(seen);
    }
    progress.growth = growing(applier, objects);
    progress
}

fn growing(applier: &Applier<'_>, objects: &[Object]) -> Vec<Growth> {
    growth::observe(objects, applier.live(), applier.refused(), Timestamp::now())
}

fn is_claim(object: &Object) -> bool {
    object.kind == Kind::PersistentVolumeClaim
}

/// Observes without applying, for a paused resource.
pub fn look(
    applier: &Applier<'_>,
    platform: &Platform,
    objects: &[Object],
    evidence: Evidence<'_>,
) -> Progress {
    let seen =
        Stage::FORWARD.into_iter().flat_map(|stage| components(applier, platform, objects, evidence, stage));
    let health = seen.collect();
    Progress { health, growth: growing(applier, objects), ..Progress::default() }
}

fn components(
    applier: &Applier<'_>,
    platform: &Platform,
    objects: &[Object],
    evidence: Evidence<'_>,
    stage: Stage,
) -> Vec<(Component, Health)> {
    let of_stage = platform.components().into_iter().filter(|component| Stage::of(*component) == stage);
    let health = |component: Component| {
        let object = objects.iter().find(|object| object.component == Some(component));
        let health = match object {
            Some(object) => observe(component, object, applier.live(), evidence),
            None => missing(platform, component),
        };
        (component, health)
    };
    of_stage.map(health).collect()
}

/// A component that could not be built: an external service that it is, or needs, isn't known.
fn missing(platform: &Platform, component: Component) -> Health {
    if let Component::Check(target) = component
        && let Place::Unusable(message) = platform.place(target)
    {
        let reason = phasma_crds::conditions::reasons::SECRET_INVALID;
        return Health { reason, ..Health::waiting(message.to_owned()) };
    }
    let awaited: Vec<_> = unusable(platform, component).map(Target::as_str).collect();
    Health::waiting(format!("{component} waits for the {}", awaited.join(", ")))
}
