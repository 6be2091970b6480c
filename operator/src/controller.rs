//! The controller: one pass over one resource, and what happens after an error.
//!
//! dereference (reads) -> validate -> build (pure) -> roll out (gate, apply) -> prune -> status.

pub mod apply;
mod attempt;
mod backoff;
pub mod blame;
pub mod build;
pub mod complaints;
pub mod course;
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
pub mod revision;
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
use phasma_crds::{Phasma, PhasmaStatus};
use thiserror::Error;

pub use self::attempt::Patience;
use self::attempt::attempt;
use self::backoff::Backoff;
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
    patience: Patience,
}

impl Context {
    pub fn new(client: Client, catalogue: Catalogue) -> Self {
        let reporter = Reporter::new(client.clone());
        Self {
            reporter,
            client,
            backoff: Backoff::default(),
            resources: Arc::default(),
            catalogue,
            patience: Patience::default(),
        }
    }

    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
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

fn outcome(progress: Progress, rotating: bool) -> Result<Action, Error> {
    let complete = progress.complete
        && !rotating
        && !progress.unproven
        && progress.growth.iter().all(|growth| growth.stuck);
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
