//! The middle of a pass: rolls out what the resource asks for, and judges how it goes.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use phasma_crds::conditions::{self, status};
use phasma_crds::{Phasma, labels};
use time::OffsetDateTime;

use super::apply::Applier;
use super::blame::Trial;
use super::build::object::{Kind, Object};
use super::course::{self, Course, Hold};
use super::dereference::{Dereferenced, dereference};
use super::health::Evidence;
use super::model::Platform;
use super::optional;
use super::revision::History;
use super::rollout::{self, Progress};
use super::{Context, Error, build, preview, prune, rotation, validate};

/// How much a rollout is given.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Time for which a revision has to work before it counts as good.
    pub proof: Duration,
    /// Time for which an image may be missing, or a container not be made.
    pub trouble: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { proof: Duration::from_secs(30), trouble: Duration::from_secs(60) }
    }
}

/// What decides the rest of a pass was read; what follows writes.
pub(super) async fn attempt(phasma: &Phasma, context: &Context) -> Result<(Platform, Progress), Error> {
    let mut read = dereference(&context.client, phasma).await?;
    let history = History::of(&read.live);
    let mut course = course::plot(phasma, &history, &context.catalogue, read.is_rotating())?;
    explain(&mut course, phasma, &read, context)?;
    let mut platform = validate::platform(phasma, &read, &course.target.revision, course.records())?;
    let former = course.refuge().map(|good| validate::platform(phasma, &read, &good.revision, Vec::new()));
    let former = former.transpose()?;
    let mut round = Round::new(phasma, context, &mut read, is_established(phasma, &history, &platform));
    if phasma.spec.paused {
        let progress = round.look(&platform);
        return Ok((platform, Progress { hold: course.hold, ..progress }));
    }
    let mut progress = round.roll_out(&platform, &course).await;
    match round.verdict(&course, former.as_ref(), &platform, &progress) {
        Some(Verdict::Works) => course = course.proven(),
        Some(Verdict::Fails(cause)) => {
            if let (Some(back), Some(former)) = (course.given_up(&cause), former) {
                (course, platform) = (back, former);
            }
        }
        None => {}
    }
    if platform.revisions != course.records() {
        platform.revisions = course.records();
        progress = round.roll_out(&platform, &course).await;
    }
    if let Some(next) = round.rotated(&platform, &course, &progress)? {
        platform = next;
        progress = round.roll_out(&platform, &course).await;
    }
    round.tear_down(&platform, &mut progress).await;
    progress.unproven = !course.target.last_good;
    progress.hold = course.hold;
    Ok((platform, progress))
}

/// Adds to a version that waits for a person what it would restart, and how to let it go on.
fn explain(
    course: &mut Course,
    phasma: &Phasma,
    read: &Dereferenced,
    context: &Context,
) -> Result<(), Error> {
    if let Some(Hold::AwaitsApproval(message)) = &mut course.hold {
        let plan = preview::approved(phasma, read, &context.catalogue)?;
        let (version, name, approve) = (&phasma.spec.version, phasma.name_any(), labels::APPROVE);
        *message = format!(
            "version {version} waits; it would restart {}; to let it go on: kubectl annotate phasma {name} \
             {approve}={version} --overwrite",
            plan.restarts()
        );
    }
    Ok(())
}

/// This version of the platform was complete before.
fn is_established(phasma: &Phasma, history: &History, platform: &Platform) -> bool {
    let recorded = history.last_good().map(|good| good.revision.spec.version.as_str());
    let reported = phasma.status.as_ref().and_then(|status| status.version.current.as_deref());
    recorded.or(reported) == Some(platform.version.as_str())
}

enum Verdict {
    /// The target is good enough to return to.
    Works,
    /// The target is to blame for what doesn't work.
    Fails(String),
}

/// What rollouts of one pass share.
struct Round<'a> {
    phasma: &'a Phasma,
    context: &'a Context,
    applier: Applier<'a>,
    read: &'a Dereferenced,
    established: bool,
    now: Timestamp,
}

impl<'a> Round<'a> {
    fn new(phasma: &'a Phasma, context: &'a Context, read: &'a mut Dereferenced, established: bool) -> Self {
        let live = std::mem::take(&mut read.live);
        let (namespace, owner) = (phasma.metadata.namespace.as_deref(), phasma.metadata.uid.as_deref());
        let (namespace, owner) = (namespace.unwrap_or_default(), owner.unwrap_or_default());
        let applier = Applier::new(&context.client, namespace, owner, live);
        Self { phasma, context, applier, read, established, now: Timestamp::now() }
    }

    fn evidence(&self) -> Evidence<'a> {
        Evidence { pods: &self.read.pods, complaints: &self.read.complaints }
    }

    /// Every object, but for those of kinds that can't be used, and what has no effect therefore.
    fn wanted(&self, platform: &Platform) -> (Vec<Object>, Vec<String>) {
        let mut objects = build::build(platform);
        let missing = optional::withhold(&mut objects, &self.read.unusable);
        (objects, missing)
    }

    fn look(&self, platform: &Platform) -> Progress {
        let (objects, missing) = self.wanted(platform);
        Progress { missing, ..rollout::look(&self.applier, platform, &objects, self.evidence()) }
    }

    async fn roll_out(&mut self, platform: &Platform, course: &Course) -> Progress {
        let (objects, missing) = self.wanted(platform);
        let (evidence, stages) = (self.evidence(), course.stages());
        let established = self.established;
        let rolled =
            rollout::roll_out(&mut self.applier, platform, &objects, evidence, stages, established).await;
        Progress { missing, ..rolled }
    }

    fn verdict(
        &self,
        course: &Course,
        former: Option<&Platform>,
        platform: &Platform,
        progress: &Progress,
    ) -> Option<Verdict> {
        if progress.complete && progress.errors.is_empty() {
            return (!course.target.last_good && self.has_proved()).then_some(Verdict::Works);
        }
        let (objects, refuge) = (self.wanted(platform).0, self.wanted(former?).0);
        let trial = Trial {
            phasma: self.phasma,
            objects: &objects,
            refuge: &refuge,
            progress,
            live: self.applier.live(),
            pods: &self.read.pods,
            deadline: Duration::from_secs(u64::try_from(platform.progress_deadline).unwrap_or_default()),
            patience: self.context.patience.trouble,
            now: self.now,
        };
        trial.verdict().map(Verdict::Fails)
    }

    /// Every component has been ready for long enough.
    fn has_proved(&self) -> bool {
        let conditions = self.phasma.status.iter().flat_map(|status| &status.conditions);
        let of_components = conditions.filter(|of| conditions::OF_COMPONENTS.contains(&of.type_.as_str()));
        let since = of_components
            .map(|of| if of.status == status::TRUE { of.last_transition_time.0 } else { self.now })
            .max();
        self.now.duration_since(since.unwrap_or(self.now)).unsigned_abs() >= self.context.patience.proof
    }

    /// The platform with its rotation of credentials a step further. None begins, or goes on, beside a rollout.
    fn rotated(
        &self,
        platform: &Platform,
        course: &Course,
        progress: &Progress,
    ) -> Result<Option<Platform>, Error> {
        let settled =
            progress.complete && course.target.last_good && rotation::none_is_going(&self.read.pods);
        let asked = self.phasma.annotations().get(labels::ROTATE).map(String::as_str);
        Ok(rotation::advanced(platform, asked, settled, OffsetDateTime::now_utc())?)
    }

    /// Removes what is not wanted any more, as far as it may go yet. What can't be removed stops nothing.
    async fn tear_down(&self, platform: &Platform, progress: &mut Progress) {
        if !build::is_whole(platform) {
            return;
        }
        let (objects, _) = self.wanted(platform);
        let no_routes = self.read.unusable.contains_key(&Kind::HttpRoute);
        let awaits_route = platform.exposure.gateway.is_some() && no_routes;
        let client = &self.context.client;
        for (key, uid) in prune::surplus(self.applier.live(), &objects, &platform.owner.uid) {
            let due = prune::may_go(key.0, progress.complete, awaits_route);
            if due && let Err(error) = prune::delete(client, &platform.namespace, &key, &uid).await {
                progress.errors.push(error.into());
            }
        }
    }
}
