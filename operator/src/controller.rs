//! The controller: one pass over one resource, and what happens after an error.
//!
//! dereference (reads) -> validate -> build (pure) -> roll out (gate, apply) -> prune -> status.

pub mod apply;
mod backoff;
pub mod build;
#[allow(dead_code)]
mod complaints;
pub mod covers;
pub mod credentials;
pub mod dereference;
pub mod health;
pub mod model;
pub mod pki;
pub mod prune;
pub mod render;
mod report;
pub mod rollout;
pub mod rotation;
pub mod status;
pub mod validate;
pub mod watch;

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::runtime::controller::Action;
use kube::{Client, Resource, ResourceExt};
use metrics::{counter, histogram};
use phasma_crds::conditions::reasons;
use phasma_crds::{Phasma, PhasmaStatus, labels};
use thiserror::Error;
use time::OffsetDateTime;

use self::apply::Applier;
use self::backoff::Backoff;
use self::build::object::Kind;
use self::report::Reporter;
use self::rollout::Progress;
use self::rotation::Step;

/// Certificates are renewed, and missed events made good, at least this often.
const RESYNC: Duration = Duration::from_secs(600);
/// While something is awaited. Watches usually are faster.
const AWAIT: Duration = Duration::from_secs(15);

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
            Error::Dereference(error) => matches!(error, dereference::DereferenceError::Foreign(_)),
            Error::Apply(error) => error.is_conflict(),
            Error::Prune(_) | Error::Pki(_) | Error::Status(_) => false,
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Error::Malformed(_) => "malformed",
            Error::Dereference(_) => "dereference",
            Error::Invalid(_) => "invalid",
            Error::Apply(_) => "apply",
            Error::Prune(_) => "prune",
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
            let quiet = progress.complete && platform.credentials.rotation().step == Step::Idle;
            (status, outcome(progress, quiet))
        }
        Err(error) => (unsuccessful(phasma, &error, now), Err(error)),
    };
    context.reporter.turned(phasma, &status).await;
    status::write(&context.client, phasma, &status).await?;
    result
}

async fn attempt(phasma: &Phasma, context: &Context) -> Result<(model::Platform, Progress), Error> {
    let dereferenced = dereference::dereference(&context.client, phasma).await?;
    let mut platform = validate::validate(phasma, &dereferenced)?;
    let mut objects = build::build(&platform);
    let owner = platform.owner.uid.clone();
    let namespace = platform.namespace.clone();
    let mut applier = Applier::new(&context.client, &namespace, &owner, dereferenced.live);
    if phasma.spec.paused {
        let progress = rollout::look(&applier, &platform, &objects, &dereferenced.pods);
        return Ok((platform, progress));
    }
    let mut progress = rollout::roll_out(&mut applier, &platform, &objects, &dereferenced.pods).await;
    let settled = progress.complete && rotation::none_is_going(&dereferenced.pods);
    let asked = phasma.annotations().get(labels::ROTATE).map(String::as_str);
    if let Some(next) = rotation::advanced(&platform, asked, settled, OffsetDateTime::now_utc())? {
        platform = next;
        objects = build::build(&platform);
        progress = rollout::roll_out(&mut applier, &platform, &objects, &dereferenced.pods).await;
    }
    if build::has_database(&platform) {
        for (key, uid) in prune::surplus(applier.live(), &objects, &owner) {
            // Nothing is torn down before all that replaces it is there; a superseded Job has nothing left to do.
            if progress.complete || key.0 == Kind::Job {
                prune::delete(&context.client, &namespace, &key, &uid).await?;
            }
        }
    }
    Ok((platform, progress))
}

fn outcome(progress: Progress, quiet: bool) -> Result<Action, Error> {
    match progress.errors.into_iter().next() {
        Some(error) => Err(error.into()),
        None => Ok(Action::requeue(if quiet { RESYNC } else { AWAIT })),
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
