//! Leader election by a Lease of `coordination.k8s.io/v1`: of several operators one works, the others stand by.
//!
//! Every write of the Lease names the version it replaces, so of two candidates one fails. A leader that can't renew
//! drops its work before anybody else may start, and does not come back: the process ends, and is started anew.
//! [`candidate`] decides, this file asks and writes, [`super::fence`] guards every write of the passes.

mod candidate;

use std::future::Future;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::jiff::Timestamp;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use metrics::gauge;
use thiserror::Error;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

pub use self::candidate::Terms;
use self::candidate::{Candidate, Decision};
use super::fence::Fence;

/// Attempts to release: a renewal under way may be faster than the first.
const RELEASES: usize = 3;

/// Why a leader had to stop.
#[derive(Debug, Error)]
pub enum Lost {
    #[error("leadership was lost to {holder}")]
    Taken { holder: String },
    #[error("leadership was lost: the Lease could not be renewed in time")]
    Late,
}

/// One candidate for the leadership.
pub struct Election {
    leases: Api<Lease>,
    name: String,
    candidate: Candidate,
    fence: Fence,
}

/// What became of an attempt to acquire or renew.
enum Attempt {
    /// Held, by a request that began then.
    Held(Instant),
    /// Somebody else's.
    Others(String),
    /// Somebody else was faster; the next attempt will tell who.
    Conflict,
}

impl Election {
    /// `identity` must be unique to the process; `client` must not be fenced.
    pub fn new(
        client: &Client,
        namespace: &str,
        name: &str,
        identity: String,
        terms: Terms,
        fence: Fence,
    ) -> Self {
        Self {
            leases: Api::namespaced(client.clone(), namespace),
            name: name.to_owned(),
            candidate: Candidate::new(identity, terms),
            fence,
        }
    }

    /// Waits for the leadership, then does `work` for as long as it is kept. Ends well when `work` does or, before that
    /// began, at `stop`; the Lease is then released. `work` is dropped when the leadership is lost.
    pub async fn lead<W>(mut self, stop: &CancellationToken, work: impl FnOnce() -> W) -> Result<(), Lost>
    where
        W: Future<Output = ()>,
    {
        report(false);
        let Some(since) = self.acquire(stop).await else { return Ok(()) };
        self.extend(since);
        report(true);
        tracing::info!(lease = self.name, "leading");
        let ended = tokio::select! {
            biased;
            lost = self.hold(since) => Err(lost),
            () = work() => Ok(()),
        };
        self.fence.close();
        report(false);
        if ended.is_ok() {
            self.release().await;
        }
        ended
    }

    /// Tries until the Lease is held: since when. `None` at `stop`.
    async fn acquire(&mut self, stop: &CancellationToken) -> Option<Instant> {
        let mut waited_for = None;
        while !stop.is_cancelled() {
            // Not cancelled in the middle: a Lease that was taken without noticing would keep others waiting.
            match self.attempt_within(Instant::now() + self.candidate.terms().renew_deadline).await {
                Some(Attempt::Held(since)) => return Some(since),
                Some(Attempt::Others(holder)) if waited_for.as_ref() != Some(&holder) => {
                    tracing::info!(holder, lease = self.name, "standing by");
                    waited_for = Some(holder);
                }
                _ => {}
            }
            tokio::select! {
                () = sleep(self.pause()) => {}
                () = stop.cancelled() => {}
            }
        }
        None
    }

    /// Renews until that fails.
    async fn hold(&mut self, mut renewed: Instant) -> Lost {
        loop {
            let deadline = renewed + self.candidate.terms().renew_deadline;
            sleep_until(deadline.min(Instant::now() + self.candidate.terms().retry)).await;
            match self.attempt_within(deadline).await {
                Some(Attempt::Held(since)) => {
                    renewed = since;
                    self.extend(since);
                }
                Some(Attempt::Others(holder)) => return Lost::Taken { holder },
                _ if Instant::now() >= deadline => return Lost::Late,
                _ => {}
            }
        }
    }

    /// From `since` on the others wait for the whole duration; writing stops well before that.
    fn extend(&self, since: Instant) {
        self.fence.open_until(since + self.candidate.terms().renew_deadline);
    }

    /// Random, so that candidates that started together don't collide for ever.
    fn pause(&self) -> std::time::Duration {
        self.candidate.terms().retry.mul_f64(rand::random_range(0.8..1.2))
    }

    /// One attempt; `None` if it failed or took too long.
    async fn attempt_within(&mut self, deadline: Instant) -> Option<Attempt> {
        match timeout_at(deadline, self.attempt()).await {
            Ok(Ok(attempt)) => Some(attempt),
            Ok(Err(error)) => {
                tracing::warn!(%error, lease = self.name, "the Lease could not be read or written");
                None
            }
            Err(_) => {
                tracing::warn!(lease = self.name, "no answer about the Lease");
                None
            }
        }
    }

    async fn attempt(&mut self) -> Result<Attempt, kube::Error> {
        // Ours counts from before the request, others' from after it: each errs towards safety.
        let began = Instant::now();
        let found = self.leases.get_opt(&self.name).await?;
        let spec = found.as_ref().and_then(|found| found.spec.as_ref());
        let claim = match self.candidate.decide(spec, Instant::now(), Timestamp::now()) {
            Decision::Wait { holder } => return Ok(Attempt::Others(holder)),
            Decision::Claim(claim) => *claim,
        };
        if self.write(found, claim.clone()).await? {
            self.candidate.claimed(claim, Instant::now());
            Ok(Attempt::Held(began))
        } else {
            Ok(Attempt::Conflict)
        }
    }

    /// Creates the Lease, or replaces exactly the version that was found. False if somebody else was faster.
    async fn write(&self, found: Option<Lease>, spec: LeaseSpec) -> Result<bool, kube::Error> {
        let params = PostParams::default();
        let written = match found {
            Some(found) => {
                let lease = Lease { spec: Some(spec), ..found };
                self.leases.replace(&self.name, &params, &lease).await
            }
            None => {
                let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
                self.leases.create(&params, &Lease { metadata, spec: Some(spec) }).await
            }
        };
        match written {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Lets somebody else begin at once. If that fails they begin when the Lease has run out.
    async fn release(&self) {
        for _ in 0..RELEASES {
            match timeout(self.candidate.terms().retry, self.try_release()).await {
                Ok(Ok(true)) => return tracing::info!(lease = self.name, "leadership released"),
                Ok(Ok(false)) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, lease = self.name, "the Lease could not be released");
                }
                Err(_) => tracing::warn!(lease = self.name, "no answer about the Lease"),
            }
        }
    }

    /// True if the Lease is not ours any more.
    async fn try_release(&self) -> Result<bool, kube::Error> {
        let Some(found) = self.leases.get_opt(&self.name).await? else { return Ok(true) };
        match found.spec.as_ref().and_then(|spec| self.candidate.release(spec)) {
            Some(released) => self.write(Some(found), released).await,
            None => Ok(true),
        }
    }
}

fn report(leading: bool) {
    gauge!("phasma_operator_leader").set(f64::from(u8::from(leading)));
}
