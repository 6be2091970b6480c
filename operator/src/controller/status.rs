//! Progress -> status. Pure but for the one patch at the end, and that is sent only when something differs.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, ResourceExt};
use metrics::counter;
use phasma_crds::Phasma;
use phasma_crds::conditions::{self, reasons, status};
use phasma_crds::labels;
use phasma_crds::status::{ComponentStatus, PhasmaStatus, VersionStatus};
use serde_json::json;

use super::build::names::{Component, Stage, Target};
use super::course::Hold;
use super::growth::Growth;
use super::health::Health;
use super::model::Platform;
use super::rollout::Progress;
use super::rotation::Step;

/// Longest message of a condition; what a container said may be long.
const LONGEST_MESSAGE: usize = 1024;

/// What a condition says.
struct Verdict {
    status: &'static str,
    reason: &'static str,
    message: String,
}

impl Verdict {
    fn new(holds: bool, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status: if holds { status::TRUE } else { status::FALSE }, reason, message: message.into() }
    }
}

/// The first status: every condition is there, and Unknown.
pub fn initial(phasma: &Phasma, now: Timestamp) -> PhasmaStatus {
    let unknown = |type_| {
        let verdict = Verdict {
            status: status::UNKNOWN,
            reason: reasons::PENDING,
            message: "the operator has not looked yet".to_owned(),
        };
        (type_, verdict)
    };
    written(phasma, conditions::ALL.map(unknown).into(), now)
}

/// The spec can't become a platform. What runs is left alone, and so are its conditions.
pub fn stalled(phasma: &Phasma, reason: &'static str, message: &str, now: Timestamp) -> PhasmaStatus {
    let verdicts = vec![
        (conditions::READY, Verdict::new(false, reason, message)),
        (conditions::RECONCILING, Verdict::new(false, reason, message)),
        (conditions::STALLED, Verdict::new(true, reason, message)),
    ];
    written(phasma, verdicts, now)
}

/// The pass could not even look.
pub fn failed(phasma: &Phasma, message: &str, now: Timestamp) -> PhasmaStatus {
    let verdicts = vec![
        (conditions::READY, Verdict::new(false, reasons::FAILED, message)),
        (conditions::RECONCILING, Verdict::new(true, reasons::FAILED, message)),
        (conditions::STALLED, Verdict::new(false, reasons::FAILED, "it is tried again")),
    ];
    written(phasma, verdicts, now)
}

/// The outcome of a pass.
pub fn observed(phasma: &Phasma, platform: &Platform, progress: &Progress, now: Timestamp) -> PhasmaStatus {
    let mut verdicts = overall(phasma, platform, progress);
    verdicts.extend(conditions_of_components(platform, progress));
    verdicts.extend(rolled_back(phasma, progress).map(|verdict| (conditions::ROLLED_BACK, verdict)));
    let runs = progress.errors.is_empty() && first_unready(platform, progress).is_none();
    let former = phasma.status.clone().unwrap_or_default();
    // What could not be stored is not done.
    let rotated = platform.credentials.rotation().done.clone().filter(|_| progress.errors.is_empty());
    PhasmaStatus {
        version: version(phasma, runs.then_some(&platform.version), former.version),
        url: Some(platform.public_origin.clone()),
        rotated: rotated.or(former.rotated),
        components: platform.components().iter().map(|c| component_status(platform, progress, *c)).collect(),
        ..written(phasma, verdicts, now)
    }
}

/// `running`: the version that every component runs, if they all do.
fn version(phasma: &Phasma, running: Option<&String>, former: VersionStatus) -> VersionStatus {
    let current = running.cloned().or_else(|| former.current.clone());
    let previous = if current == former.current { former.previous } else { former.current };
    VersionStatus { current, previous, target: Some(phasma.spec.version.clone()) }
}

fn overall(phasma: &Phasma, platform: &Platform, progress: &Progress) -> Vec<(&'static str, Verdict)> {
    let ready = readiness(platform, progress);
    let works = [Component::Api, Component::Frontend]
        .iter()
        .all(|component| progress.health.get(component).is_some_and(|health| health.ready_replicas > 0));
    let available = if works {
        Verdict::new(true, reasons::READY, "API and frontend answer")
    } else {
        Verdict::new(false, reasons::UNAVAILABLE, ready.message.clone())
    };
    let stalled = stall(platform, progress);
    let is_conflict = stalled.reason == reasons::NAME_CONFLICT;
    let rotation = platform.credentials.rotation();
    let reconciling = if phasma.spec.paused {
        Verdict::new(false, reasons::PAUSED, "spec.paused is set: nothing is changed")
    } else if rotation.step != Step::Idle && !is_conflict {
        Verdict::new(true, reasons::ROTATING, rotation.message().unwrap_or_default())
    } else if ready.status == status::TRUE {
        Verdict::new(false, reasons::READY, "nothing to do")
    } else {
        Verdict::new(stalled.status != status::TRUE, reasons::PROGRESSING, ready.message.clone())
    };
    vec![
        (conditions::READY, ready),
        (conditions::AVAILABLE, available),
        (conditions::RECONCILING, reconciling),
        (conditions::STALLED, stalled),
    ]
}

/// Whether everything asked for is there, or the most telling of what keeps it from being so.
fn readiness(platform: &Platform, progress: &Progress) -> Verdict {
    if let Some(error) = progress.errors.first() {
        return Verdict::new(false, reasons::APPLY_FAILED, error.to_string());
    }
    if let Some(hold @ (Hold::Invalid(_) | Hold::RolledBack(_))) = &progress.hold {
        return Verdict::new(false, hold.reason(), hold.message());
    }
    if let Some(health) = first_unready(platform, progress) {
        return Verdict::new(false, health.reason, health.message.clone());
    }
    if let Some(growth) = stuck(progress).or(progress.growth.first()) {
        return Verdict::new(false, reasons::VOLUME_TOO_SMALL, growth.message.clone());
    }
    if let Some(hold) = &progress.hold {
        return Verdict::new(false, hold.reason(), hold.message());
    }
    if !progress.missing.is_empty() {
        return Verdict::new(false, reasons::NOT_INSTALLED, progress.missing.join("; "));
    }
    Verdict::new(true, reasons::READY, "everything is running")
}

/// Whether a person has to act before anything changes.
fn stall(platform: &Platform, progress: &Progress) -> Verdict {
    if let Some(conflict) = progress.errors.iter().find(|error| error.is_conflict()) {
        return Verdict::new(true, reasons::NAME_CONFLICT, conflict.to_string());
    }
    if let Some(growth) = stuck(progress) {
        return Verdict::new(true, reasons::VOLUME_TOO_SMALL, growth.message.clone());
    }
    let is_still = progress.errors.is_empty() && first_unready(platform, progress).is_none();
    match &progress.hold {
        Some(hold @ Hold::Invalid(_)) => Verdict::new(true, hold.reason(), hold.message()),
        Some(hold @ (Hold::AwaitsApproval(_) | Hold::RolledBack(_))) if is_still => {
            Verdict::new(true, hold.reason(), hold.message())
        }
        _ => Verdict::new(false, reasons::PROGRESSING, "nothing has to be done by hand"),
    }
}

fn stuck(progress: &Progress) -> Option<&Growth> {
    progress.growth.iter().find(|growth| growth.stuck)
}

/// There once something was rolled back.
fn rolled_back(phasma: &Phasma, progress: &Progress) -> Option<Verdict> {
    if let Some(hold @ Hold::RolledBack(message)) = &progress.hold {
        return Some(Verdict::new(true, hold.reason(), message));
    }
    let mut conditions = phasma.status.iter().flat_map(|status| &status.conditions);
    let known = conditions.any(|condition| condition.type_ == conditions::ROLLED_BACK);
    let message = "what was rolled back is not asked for any more";
    known.then(|| Verdict::new(false, reasons::SUPERSEDED, message))
}

/// The component that holds up the others: of the earliest stage, one in trouble before one that only takes its time.
fn first_unready<'a>(platform: &Platform, progress: &'a Progress) -> Option<&'a Health> {
    let health = |component| Some((Stage::of(component), progress.health.get(&component)?));
    let unready = platform.components().into_iter().filter_map(health).filter(|(_, health)| !health.ready);
    unready.min_by_key(|(stage, health)| (*stage, is_patient(health))).map(|(_, health)| health)
}

fn is_patient(health: &Health) -> bool {
    [reasons::STARTING, reasons::WAITING].contains(&health.reason)
}

fn conditions_of_components(platform: &Platform, progress: &Progress) -> Vec<(&'static str, Verdict)> {
    let mut verdicts: Vec<_> = platform
        .components()
        .into_iter()
        .filter_map(|component| {
            let health = progress.health.get(&component)?;
            let verdict = Verdict::new(health.ready, health.reason, health.message.clone());
            Some((condition(component), verdict))
        })
        .collect();
    // Two components may share a condition: what isn't ready speaks for both.
    verdicts.sort_by_key(|(_, verdict)| verdict.status == status::TRUE);
    if platform.search.is_none() {
        let message = "spec.search.disabled is set: PostgreSQL answers searches";
        verdicts.push((conditions::SEARCH_READY, Verdict::new(true, reasons::DISABLED, message)));
    }
    verdicts
}

fn condition(component: Component) -> &'static str {
    match component {
        Component::Postgres | Component::Check(Target::Database) => conditions::DATABASE_READY,
        Component::Dragonfly | Component::Check(Target::Cache) => conditions::CACHE_READY,
        Component::Seaweedfs | Component::Check(Target::ObjectStorage) => conditions::OBJECT_STORAGE_READY,
        Component::Meilisearch | Component::Check(Target::Search) => conditions::SEARCH_READY,
        Component::Redpanda | Component::BrokerUsers | Component::Check(Target::Broker) => {
            conditions::BROKER_READY
        }
        Component::Migrate => conditions::MIGRATIONS_COMPLETE,
        Component::Provision => conditions::PROVISIONED,
        Component::Relay => conditions::RELAY_READY,
        Component::Consumers => conditions::CONSUMERS_READY,
        Component::Api => conditions::API_READY,
        Component::Connect => conditions::PIPELINES_READY,
        Component::Frontend => conditions::FRONTEND_READY,
    }
}

fn component_status(platform: &Platform, progress: &Progress, component: Component) -> ComponentStatus {
    let health = progress.health.get(&component);
    ComponentStatus {
        name: component.as_str().to_owned(),
        ready: health.map_or(0, |health| health.ready_replicas),
        desired: health.map_or(0, |health| health.desired_replicas),
        image: platform.image(component).to_owned(),
    }
}

/// The former status with these conditions. A time moves only when its condition's status does.
fn written(phasma: &Phasma, verdicts: Vec<(&'static str, Verdict)>, now: Timestamp) -> PhasmaStatus {
    let mut status = phasma.status.clone().unwrap_or_default();
    status.observed_generation = phasma.metadata.generation;
    let mut conditions = Vec::new();
    for type_ in conditions::ALL.into_iter().chain([conditions::ROLLED_BACK]) {
        let before = status.conditions.iter().find(|condition| condition.type_ == type_);
        let verdict = verdicts.iter().find(|(of, _)| *of == type_).map(|(_, verdict)| verdict);
        match (before, verdict) {
            (before, Some(verdict)) => conditions.push(turned(phasma, type_, before, verdict, now)),
            (Some(before), None) => conditions.push(before.clone()),
            (None, None) => {}
        }
    }
    status.conditions = conditions;
    status
}

fn turned(
    phasma: &Phasma,
    type_: &str,
    before: Option<&Condition>,
    verdict: &Verdict,
    now: Timestamp,
) -> Condition {
    let since =
        before.filter(|before| before.status == verdict.status).map(|b| b.last_transition_time.clone());
    Condition {
        type_: type_.to_owned(),
        status: verdict.status.to_owned(),
        reason: verdict.reason.to_owned(),
        message: verdict.message.chars().take(LONGEST_MESSAGE).collect(),
        observed_generation: phasma.metadata.generation,
        last_transition_time: since.unwrap_or(Time(now)),
    }
}

/// Writes the status if it differs from the one the resource has.
pub async fn write(client: &Client, phasma: &Phasma, status: &PhasmaStatus) -> Result<(), kube::Error> {
    if phasma.status.as_ref() == Some(status) {
        return Ok(());
    }
    let api = Api::<Phasma>::namespaced(client.clone(), &phasma.namespace().unwrap_or_default());
    let params = PatchParams { field_manager: Some(labels::MANAGER.to_owned()), ..PatchParams::default() };
    let patch = Patch::Merge(json!({"status": status}));
    api.patch_status(&phasma.name_any(), &params, &patch).await?;
    counter!("phasma_operator_writes_total", "kind" => "Phasma", "verb" => "status").increment(1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use phasma_crds::PhasmaSpec;
    use phasma_crds::spec::Exposure;

    use super::*;

    fn phasma() -> Phasma {
        let exposure = Exposure { url: "http://localhost".to_owned(), ..Exposure::default() };
        let spec = serde_json::from_value(json!({"version": "0.1.0", "exposure": exposure}));
        let spec: PhasmaSpec = spec.expect("a spec");
        Phasma::new("p", spec)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn the_first_status_has_every_condition_unknown() {
        let status = initial(&phasma(), at(1));
        assert_eq!(status.conditions.len(), conditions::ALL.len());
        assert!(status.conditions.iter().all(|condition| condition.status == status::UNKNOWN));
    }

    #[test]
    fn times_move_only_when_a_condition_turns() {
        let mut phasma = phasma();
        phasma.status = Some(stalled(&phasma, reasons::INVALID, "no", at(1)));
        let same = stalled(&phasma, reasons::INVALID, "no", at(2));
        assert_eq!(phasma.status.as_ref(), Some(&same));
        let turned = failed(&phasma, "unreachable", at(3));
        let of = |type_: &str| {
            let found = turned.conditions.iter().find(|condition| condition.type_ == type_).expect("present");
            found.last_transition_time.0
        };
        assert_eq!((of(conditions::READY), of(conditions::STALLED)), (at(1), at(3)));
    }
}
