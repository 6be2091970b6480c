//! What a pass works towards: what the resource asks for, or, while that can't be, what worked last. Pure.

use kube::ResourceExt;
use phasma_crds::conditions::{self, reasons, status};
use phasma_crds::spec::UpgradeStrategy;
use phasma_crds::{Phasma, labels};

use super::build::names::{Names, Stage};
use super::revision::{History, Record, Revision};
use super::validate::Invalid;
use crate::catalogue::{self, Catalogue, Release};

/// Why what is asked for is not rolled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It can't become a platform, or there is no way to it.
    Invalid(String),
    /// This version waits for a person.
    AwaitsApproval(String),
    /// A version waits until something that is under way or in its way is over.
    Waits(String),
    /// It was tried, and didn't work.
    RolledBack(String),
}

impl Hold {
    pub fn reason(&self) -> &'static str {
        match self {
            Hold::Invalid(_) => reasons::INVALID,
            Hold::AwaitsApproval(_) => reasons::AWAITS_APPROVAL,
            Hold::Waits(_) => reasons::WAITING,
            Hold::RolledBack(_) => reasons::ROLLED_BACK,
        }
    }

    pub fn message(&self) -> &str {
        let (Hold::Invalid(message)
        | Hold::AwaitsApproval(message)
        | Hold::Waits(message)
        | Hold::RolledBack(message)) = self;
        message
    }
}

#[derive(Clone, Debug)]
pub struct Course {
    /// What is rolled out.
    pub target: Record,
    /// Why that isn't what the resource asks for.
    pub hold: Option<Hold>,
    /// What worked last.
    last_good: Option<Record>,
    /// What was asked for and given up.
    failed: Option<Record>,
}

impl Course {
    fn to(target: Record, history: &History, hold: Option<Hold>) -> Self {
        let last_good = history.last_good().cloned();
        match (target.failure.clone(), last_good) {
            (Some(cause), Some(good)) => Self::back(target, &cause, good),
            (_, last_good) => Self { target, hold, last_good, failed: None },
        }
    }

    fn back(failed: Record, cause: &str, good: Record) -> Self {
        let (from, to) = (&failed.revision.release.version, &good.revision.release.version);
        let what = if from == to {
            format!("the last change of the spec was given up and what version {to} was before runs again")
        } else {
            format!("version {from} was given up and {to} runs again")
        };
        let message = format!("{what}: {cause}; it is tried again when the spec changes");
        Self {
            target: good.clone(),
            hold: Some(Hold::RolledBack(message)),
            last_good: Some(good),
            failed: Some(failed),
        }
    }

    /// What to return to if the target doesn't work.
    pub fn refuge(&self) -> Option<&Record> {
        self.last_good.as_ref().filter(|good| good.name != self.target.name)
    }

    /// The course after the target was found not to work.
    pub fn given_up(&self, cause: &str) -> Option<Self> {
        let good = self.refuge()?.clone();
        let failed = Record { failure: Some(cause.to_owned()), ..self.target.clone() };
        Some(Self::back(failed, cause, good))
    }

    /// The course after the target was found to work: what worked before is not needed any more.
    pub fn proven(&self) -> Self {
        let target = Record { last_good: true, failure: None, ..self.target.clone() };
        Self { last_good: Some(target.clone()), target, ..self.clone() }
    }

    /// What stays on record.
    pub fn records(&self) -> Vec<Record> {
        let further = self.refuge().into_iter().chain(&self.failed);
        std::iter::once(&self.target).chain(further).cloned().collect()
    }

    /// The order of this rollout.
    pub fn stages(&self) -> [Stage; 10] {
        let version = |record: &Record| record.revision.release.version.clone();
        let is_older = self.refuge().is_some_and(|good| version(&self.target) < version(good));
        let goes_back = is_older || matches!(self.hold, Some(Hold::RolledBack(_)));
        if goes_back { Stage::BACK } else { Stage::FORWARD }
    }
}

/// `rotating`: credentials are being replaced.
pub fn plot(
    phasma: &Phasma,
    history: &History,
    catalogue: &Catalogue,
    rotating: bool,
) -> Result<Course, Invalid> {
    let names = Names::new(&phasma.name_any());
    match asked(phasma, history, catalogue, rotating) {
        Ok((revision, hold)) => Ok(Course::to(history.record(revision, &names), history, hold)),
        // What works is cared for, whatever the spec says meanwhile.
        Err(invalid) => match history.last_good() {
            Some(good) => Ok(Course::to(good.clone(), history, Some(Hold::Invalid(invalid.to_string())))),
            None => Err(invalid),
        },
    }
}

/// What the resource asks for, as far as it may go there now.
pub fn asked(
    phasma: &Phasma,
    history: &History,
    catalogue: &Catalogue,
    rotating: bool,
) -> Result<(Revision, Option<Hold>), Invalid> {
    phasma.validate_cel().map_err(|errors| Invalid::Rules(errors.to_string()))?;
    let version = &phasma.spec.version;
    let unknown = || Invalid::UnknownVersion { version: version.clone(), known: catalogue.versions() };
    let wanted = catalogue.release(version).ok_or_else(unknown)?;
    let Some(running) = running(phasma, history, catalogue) else {
        return Ok((Revision::new(&phasma.spec, wanted), None));
    };
    if let Some(why) = catalogue::refusal(running, wanted) {
        return Err(Invalid::Step(why));
    }
    let hold = (running.version != wanted.version).then(|| hold(phasma, rotating)).flatten();
    let release = if hold.is_some() { running } else { wanted };
    Ok((Revision::new(&phasma.spec, release), hold))
}

/// The release that worked last. Where nothing is on record, the status may say so.
fn running<'a>(phasma: &Phasma, history: &'a History, catalogue: &'a Catalogue) -> Option<&'a Release> {
    let of_status = || catalogue.release(phasma.status.as_ref()?.version.current.as_deref()?);
    history.last_good().map(|good| &good.revision.release).or_else(of_status)
}

/// What a change of the version has to wait for.
fn hold(phasma: &Phasma, rotating: bool) -> Option<Hold> {
    let version = &phasma.spec.version;
    if rotating {
        let cause = "the rotation of credentials that is under way";
        return Some(Hold::Waits(format!("version {version} waits for the end of {cause}")));
    }
    if let Some(obstacle) = obstacle(phasma) {
        return Some(Hold::Waits(format!("version {version} waits until this is put right: {obstacle}")));
    }
    let is_approved = phasma.spec.upgrade.strategy == UpgradeStrategy::Automatic
        || phasma.annotations().get(labels::APPROVE) == Some(version);
    (!is_approved).then(|| Hold::AwaitsApproval(version.clone()))
}

/// Troubles of the platform as it is, which a rollout would not end.
const OBSTACLES: [&str; 3] = [reasons::NAME_CONFLICT, reasons::VOLUME_TOO_SMALL, reasons::SECRET_INVALID];

fn obstacle(phasma: &Phasma) -> Option<&str> {
    let conditions = phasma.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    let stalled = conditions.iter().find(|condition| condition.type_ == conditions::STALLED)?;
    let is_obstacle = stalled.status == status::TRUE && OBSTACLES.contains(&stalled.reason.as_str());
    is_obstacle.then_some(stalled.message.as_str())
}
