//! The controller: one pass over one resource, and what happens after an error.
//!
//! dereference (reads) -> validate -> build (pure) -> roll out (gate, apply) -> prune -> status.

pub mod apply;
mod backoff;
pub mod build;
pub mod covers;
pub mod credentials;
pub mod dereference;
pub mod health;
pub mod model;
pub mod optional;
pub mod pki;
pub mod prune;
pub mod render;
mod replicas;
mod report;
pub mod rollout;
pub mod status;
pub mod validate;
pub mod watch;

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::runtime::controller::Action;
use kube::{Client, Resource, ResourceExt};
use metrics::{counter, gauge, histogram};
use phasma_crds::conditions::{self, reasons};
use phasma_crds::{Phasma, PhasmaStatus};
use thiserror::Error;

use self::apply::Applier;
use self::backoff::Backoff;
use self::build::object::Kind;
use self::report::Reporter;
use self::rollout::Progress;

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
    #[error(transparent)]
    Prune(#[from] prune::PruneError),
    #[error("status: {0}")]
    Status(#[from] kube::Error),
}

impl Error {
    /// Nothing gets better before someone changes the resource or what is in its way.
    fn waits_for_change(&self) -> bool {
        match self {
            Error::Malformed(_) | Error::Invalid(_) => true,
            Error::Dereference(error) => matches!(error, dereference::DereferenceError::Foreign(_)),
            Error::Apply(error) => error.is_conflict(),
            Error::Prune(_) | Error::Status(_) => false,
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Error::Malformed(_) => "malformed",
            Error::Dereference(_) => "dereference",
            Error::Invalid(_) => "invalid",
            Error::Apply(_) => "apply",
            Error::Prune(_) => "prune",
            Error::Status(_) => "status",
        }
    }
}

/// What passes share.
pub struct Context {
    client: Client,
    reporter: Reporter,
    backoff: Backoff,
}

impl Context {
    pub fn new(client: Client) -> Self {
        Self { reporter: Reporter::new(client.clone()), client, backoff: Backoff::default() }
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
        context.backoff.succeeded(&key(&guard));
    }
    result
}

async fn pass(phasma: &Phasma, context: &Context) -> Result<Action, Error> {
    let now = Timestamp::now();
    if phasma.status.is_none() {
        let initial = status::initial(phasma, now);
        status::write(&context.client, phasma, &initial).await?;
    }
    let (status, result) = match attempt(phasma, context).await {
        Ok((platform, progress)) => {
            let status = status::observed(phasma, &platform, &progress, now);
            (status, outcome(progress))
        }
        Err(error) => (unsuccessful(phasma, &error, now), Err(error)),
    };
    measure(phasma, &status);
    context.reporter.turned(phasma, &status).await;
    status::write(&context.client, phasma, &status).await?;
    result
}

async fn attempt(phasma: &Phasma, context: &Context) -> Result<(model::Platform, Progress), Error> {
    let dereferenced = dereference::dereference(&context.client, phasma).await?;
    let platform = validate::validate(phasma, &dereferenced)?;
    let mut objects = build::build(&platform);
    let missing = optional::withhold(&mut objects, &dereferenced.unusable);
    let no_routes = dereferenced.unusable.contains_key(&Kind::HttpRoute);
    let owner = platform.owner.uid.clone();
    let namespace = platform.namespace.clone();
    let mut applier = Applier::new(&context.client, &namespace, &owner, dereferenced.live);
    if phasma.spec.paused {
        let progress = rollout::look(&applier, &platform, &objects, &dereferenced.pods);
        return Ok((platform, Progress { missing, ..progress }));
    }
    let mut progress = rollout::roll_out(&mut applier, &platform, &objects, &dereferenced.pods).await;
    if build::has_database(&platform) {
        for (key, uid) in prune::surplus(applier.live(), &objects, &owner) {
            if prune::may_go(key.0, progress.complete, platform.exposure.gateway.is_some() && no_routes) {
                prune::delete(&context.client, &namespace, &key, &uid).await?;
            }
        }
    }
    progress.missing = missing;
    Ok((platform, progress))
}

/// For the alert on platforms that stay unready.
fn measure(phasma: &Phasma, status: &PhasmaStatus) {
    let ready = |condition: &Condition| condition.type_ == conditions::READY && condition.status == "True";
    let labels =
        [("resource_namespace", phasma.namespace().unwrap_or_default()), ("resource", phasma.name_any())];
    let is_ready = status.conditions.iter().any(ready);
    gauge!("phasma_operator_resource_ready", &labels).set(f64::from(u8::from(is_ready)));
}

fn outcome(progress: Progress) -> Result<Action, Error> {
    let again = match (progress.complete, progress.missing.is_empty()) {
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
    let meta = guard.meta();
    format!("{}/{}", meta.namespace.as_deref().unwrap_or_default(), guard.name_any())
}
