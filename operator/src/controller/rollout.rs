//! The gate: stage after stage, an object is made or changed only when every earlier stage is ready.
//!
//! Care is not gated: what was applied before and drifted is put right at any time, and nothing is torn down because a
//! stage waits. One object that can't be applied doesn't stop the others of its stage.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;

use super::apply::{Applier, ApplyError};
use super::build::names::{Component, Stage};
use super::build::object::{Kind, Object};
use super::health::{Health, observe};
use super::model::{Database, External, Platform};

/// How far a pass came.
#[derive(Default)]
pub struct Progress {
    pub health: BTreeMap<Component, Health>,
    pub errors: Vec<ApplyError>,
    /// Every stage was open.
    pub complete: bool,
    /// Fields without effect, because the cluster lacks a kind.
    pub missing: Vec<String>,
}

/// Applies what may be applied, and observes every component.
pub async fn roll_out(
    applier: &mut Applier<'_>,
    platform: &Platform,
    objects: &[Object],
    pods: &[Pod],
) -> Progress {
    let mut progress = Progress { complete: true, ..Progress::default() };
    for stage in Stage::ALL {
        let mut failed = false;
        for object in objects.iter().filter(|object| object.stage == stage) {
            let allowed = progress.complete || applier.was_applied(object);
            if allowed && let Err(error) = applier.apply(object).await {
                // Nothing waits for an object of another product.
                failed |= !object.kind.is_optional();
                let is_root = object.kind == Kind::Secret && object.retained;
                progress.errors.push(error);
                // Credentials that aren't stored must not be used: the next pass would make others.
                if is_root {
                    progress.complete = false;
                    return progress;
                }
            }
        }
        let seen = components(applier, platform, objects, pods, stage);
        let ready = !failed && seen.iter().all(|(_, health)| health.ready);
        progress.complete &= ready;
        progress.health.extend(seen);
    }
    progress
}

/// Observes without applying, for a paused resource.
pub fn look(applier: &Applier<'_>, platform: &Platform, objects: &[Object], pods: &[Pod]) -> Progress {
    let seen = Stage::ALL.into_iter().flat_map(|stage| components(applier, platform, objects, pods, stage));
    Progress { health: seen.collect(), ..Progress::default() }
}

fn components(
    applier: &Applier<'_>,
    platform: &Platform,
    objects: &[Object],
    pods: &[Pod],
    stage: Stage,
) -> Vec<(Component, Health)> {
    let of_stage = platform.components().into_iter().filter(|component| Stage::of(*component) == stage);
    let health = |component: Component| {
        let object = objects.iter().find(|object| object.component == Some(component));
        let health = match object {
            Some(object) => observe(component, object, applier.live(), pods),
            None => missing(platform, component),
        };
        (component, health)
    };
    of_stage.map(health).collect()
}

/// A component that could not be built: its database isn't known.
fn missing(platform: &Platform, component: Component) -> Health {
    match &platform.database {
        Database::External(External::Unusable(message)) if component == Component::Check => Health {
            reason: phasma_crds::conditions::reasons::SECRET_INVALID,
            ..Health::waiting(message.clone())
        },
        _ => Health::waiting(format!("{component} waits for the database")),
    }
}
