//! The controller: one pass over one resource, and what happens after an error.
//!
//! dereference (reads) -> validate -> build (pure) -> roll out (gate, apply) -> prune -> status.

pub mod apply;
mod backoff;
pub mod build;
pub mod complaints;
pub mod covers;
pub mod credentials;
pub mod dereference;
pub mod external;
pub mod growth;
pub mod health;
pub mod model;
pub mod optional;
pub mod pki;
pub mod plan;
pub mod preview;
pub mod prune;
pub mod readiness;
pub mod render;
mod replicas;
mod report;
pub mod rollout;
pub mod rotation;
pub mod status;
pub mod validate;
pub mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::runtime::controller::Action;
use kube::{Client, Resource, ResourceExt};
use metrics::{counter, histogram};
use phasma_crds::conditions::reasons;
use phasma_crds::{Phasma, PhasmaStatus, labels};
use serde_json::Value;
use thiserror::Error;
use time::OffsetDateTime;

use self::apply::Applier;
use self::backoff::Backoff;
use self::build::object::{Key, Kind, Object};
use self::health::Evidence;
use self::readiness::Resources;
use self::report::Reporter;
use self::rollout::Progress;
use self::rotation::Step;
use crate::catalogue::Catalogue;

/// Certificates are renewed, and missed events made good, at least this often.
const RESYNC: Duration = Duration::from_secs(600);
/// While something is awaited. Watches usually are faster.
const AWAIT: Duration = Duration::from_secs(15);
/// While the cluster lacks a kind that the resource needs.
const AWAIT_KIND: Duration = Duration::from_secs(60);

/// Why a pass failed.
#[derive(Debug, Error)]
pub enum Error {
    #[error("the resource can't be read: {0}")]
    Malformed(String),
    #[error(transparent)]
    Dereference(#[from] dereference::DereferenceError),
    #[error(transparent)]
    Invalid(#[from] validate::Invalid),
    #[error(transparent)]
    Apply(#[from] apply::ApplyError),
    #[error("certificates: {0}")]
    Pki(#[from] pki::PkiError),
    #[error("status: {0}")]
    Status(#[from] kube::Error),
}

impl Error {
    /// Nothing gets better before someone changes the resource or what is in its way.
    fn waits_for_change(&self) -> bool {
        match self {
            Error::Malformed(_) | Error::Invalid(_) => true,
            Error::Dereference(error) => error.waits_for_change(),
            Error::Apply(error) => error.is_conflict(),
            Error::Pki(_) | Error::Status(_) => false,
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Error::Malformed(_) => "malformed",
            Error::Dereference(_) => "dereference",
            Error::Invalid(_) => "invalid",
            Error::Apply(apply::ApplyError::Surplus(_)) => "prune",
            Error::Apply(_) => "apply",
            Error::Pki(_) => "certificates",
            Error::Status(_) => "status",
        }
    }
}

/// What passes share.
pub struct Context {
    client: Client,
    reporter: Reporter,
    backoff: Backoff,
    resources: Arc<Resources>,
    catalogue: Catalogue,
}

impl Context {
    pub fn new(client: Client, catalogue: Catalogue) -> Self {
        let reporter = Reporter::new(client.clone());
        Self { reporter, client, backoff: Backoff::default(), resources: Arc::default(), catalogue }
    }

    /// The resources that controllers with this context watch.
    pub fn resources(&self) -> Arc<Resources> {
        self.resources.clone()
    }
}

/// One pass. A deleted resource needs none: what it owns goes by owner reference, the rest is kept.
pub async fn reconcile(guard: Arc<DeserializeGuard<Phasma>>, context: Arc<Context>) -> Result<Action, Error> {
    let started = Instant::now();
    let result = match &guard.0 {
        Ok(phasma) if phasma.metadata.deletion_timestamp.is_some() => Ok(Action::await_change()),
        Ok(phasma) => pass(phasma, &context).await,
        Err(malformed) => Err(Error::Malformed(malformed.error.clone())),
    };
    histogram!("phasma_operator_reconcile_duration_seconds").record(started.elapsed());
    if result.is_ok() {
        context.backoff.forget(&key(&guard));
    }
    result
}

async fn pass(phasma: &Phasma, context: &Context) -> Result<Action, Error> {
    let now = Timestamp::now();
    if phasma.status.is_none() {
        let initial = status::initial(phasma, now);
        // Care doesn't depend on a status that can be written.
        if let Err(error) = status::write(&context.client, phasma, &initial).await {
            tracing::warn!(%error, "the first status was not written");
        }
    }
    let (status, result) = match attempt(phasma, context).await {
        Ok((platform, progress)) => {
            let status = status::observed(phasma, &platform, &progress, now);
            let rotating = platform.credentials.rotation().step != Step::Idle;
            (status, outcome(progress, rotating))
        }
        Err(error) => (unsuccessful(phasma, &error, now), Err(error)),
    };
    context.reporter.turned(phasma, &status).await;
    let written = status::write(&context.client, phasma, &status).await;
    let action = result?;
    written?;
    Ok(action)
}

async fn attempt(phasma: &Phasma, context: &Context) -> Result<(model::Platform, Progress), Error> {
    let mut dereferenced = dereference::dereference(&context.client, phasma).await?;
    let mut platform = validate::validate(phasma, &dereferenced, &context.catalogue)?;
    let (mut objects, mut missing) = wanted(&platform, &dereferenced.unusable);
    let no_routes = dereferenced.unusable.contains_key(&Kind::HttpRoute);
    let owner = platform.owner.uid.clone();
    let namespace = platform.namespace.clone();
    let awaits = match &platform.awaits {
        Some(version) => Some(awaited(phasma, &dereferenced, context, version)?),
        None => None,
    };
    let live = std::mem::take(&mut dereferenced.live);
    let mut applier = Applier::new(&context.client, &namespace, &owner, live);
    let evidence = Evidence { pods: &dereferenced.pods, complaints: &dereferenced.complaints };
    if phasma.spec.paused {
        let progress = rollout::look(&applier, &platform, &objects, evidence);
        return Ok((platform, Progress { missing, awaits, ..progress }));
    }
    let established = is_established(phasma, &platform);
    let mut progress = rollout::roll_out(&mut applier, &platform, &objects, evidence, established).await;
    let settled = progress.complete && rotation::none_is_going(evidence.pods);
    let asked = phasma.annotations().get(labels::ROTATE).map(String::as_str);
    if let Some(next) = rotation::advanced(&platform, asked, settled, OffsetDateTime::now_utc())? {
        platform = next;
        (objects, missing) = wanted(&platform, &dereferenced.unusable);
        progress = rollout::roll_out(&mut applier, &platform, &objects, evidence, established).await;
    }
    if build::is_whole(&platform) {
        let awaits_route = platform.exposure.gateway.is_some() && no_routes;
        tear_down(context, &platform, applier.live(), &objects, awaits_route, &mut progress).await;
    }
    progress.missing = missing;
    progress.awaits = awaits;
    Ok((platform, progress))
}

/// Removes what is not wanted any more, as far as it may go yet. What can't be removed stops nothing.
async fn tear_down(
    context: &Context,
    platform: &model::Platform,
    live: &BTreeMap<Key, Value>,
    objects: &[Object],
    awaits_route: bool,
    progress: &mut Progress,
) {
    for (key, uid) in prune::surplus(live, objects, &platform.owner.uid) {
        let due = prune::may_go(key.0, progress.complete, awaits_route);
        if due && let Err(error) = prune::delete(&context.client, &platform.namespace, &key, &uid).await {
            progress.errors.push(error.into());
        }
    }
}

/// What is said about a version that waits: what it would restart, and how to let it go on.
fn awaited(
    phasma: &Phasma,
    dereferenced: &dereference::Dereferenced,
    context: &Context,
    version: &str,
) -> Result<String, Error> {
    let plan = preview::approved(phasma, dereferenced, &context.catalogue)?;
    let (name, approve) = (phasma.name_any(), labels::APPROVE);
    Ok(format!(
        "version {version} waits; it would restart {}; to let it go on: kubectl annotate phasma {name} \
         {approve}={version} --overwrite",
        plan.restarts()
    ))
}

/// Every object, but for those of kinds that can't be used, and what has no effect therefore.
fn wanted(platform: &model::Platform, unusable: &optional::Unusable) -> (Vec<Object>, Vec<String>) {
    let mut objects = build::build(platform);
    let missing = optional::withhold(&mut objects, unusable);
    (objects, missing)
}

/// The version that is rolled out was complete before.
fn is_established(phasma: &Phasma, platform: &model::Platform) -> bool {
    let current = phasma.status.as_ref().and_then(|status| status.version.current.as_deref());
    current == Some(platform.version.as_str())
}

fn outcome(progress: Progress, rotating: bool) -> Result<Action, Error> {
    let complete = progress.complete && !rotating && progress.growth.iter().all(|growth| growth.stuck);
    let again = match (complete, progress.missing.is_empty()) {
        (false, _) => AWAIT,
        (true, false) => AWAIT_KIND,
        (true, true) => RESYNC,
    };
    match progress.errors.into_iter().next() {
        Some(error) => Err(error.into()),
        None => Ok(Action::requeue(again)),
    }
}

fn unsuccessful(phasma: &Phasma, error: &Error, now: Timestamp) -> PhasmaStatus {
    let message = error.to_string();
    match error {
        Error::Invalid(_) => status::stalled(phasma, reasons::INVALID, &message, now),
        Error::Dereference(dereference::DereferenceError::Lost { .. }) => {
            status::stalled(phasma, reasons::SECRET_INVALID, &message, now)
        }
        error if error.waits_for_change() => status::stalled(phasma, reasons::NAME_CONFLICT, &message, now),
        _ => status::failed(phasma, &message, now),
    }
}

/// Errors that pass are tried again, later each time; others wait for a change, with a look now and then.
pub fn error_policy(guard: Arc<DeserializeGuard<Phasma>>, error: &Error, context: Arc<Context>) -> Action {
    counter!("phasma_operator_errors_total", "class" => error.class()).increment(1);
    tracing::warn!(resource = %key(&guard), class = error.class(), %error, "pass failed");
    if error.waits_for_change() {
        return Action::requeue(RESYNC);
    }
    Action::requeue(context.backoff.failed(&key(&guard)))
}

fn key(guard: &DeserializeGuard<Phasma>) -> String {
    key_of(guard.meta().namespace.as_deref(), &guard.name_any())
}

fn key_of(namespace: Option<&str>, name: &str) -> String {
    format!("{}/{name}", namespace.unwrap_or_default())
}
