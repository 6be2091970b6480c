//! Rotation of credentials and of the certificate authority: three steps, each awaited by every pod before the next.
//!
//! Pure. Where a rotation stands is kept with the credentials, in one object, so that a crash between any two writes
//! resumes it; what a step means for each credential is in [`super::credentials`], for certificates in [`super::pki`].

use k8s_openapi::api::core::v1::Pod;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::build::leaves;
use super::credentials::Credential;
use super::model::Platform;
use super::pki::PkiError;

/// Where a rotation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// There is none.
    #[default]
    Idle,
    /// New values are made, and whoever accepts one accepts old and new. All still use the old.
    Prepare,
    /// All use the new values. Old and new are accepted.
    Switch,
    /// Only the new values are accepted.
    Retire,
}

/// What a rotation replaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Credentials and the certificate authority.
    #[default]
    All,
    /// The authority alone, because its certificate is near its end.
    Authority,
}

/// Which of a role's two database logins its program uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    #[default]
    First,
    Second,
}

impl Turn {
    pub fn other(self) -> Self {
        match self {
            Turn::First => Turn::Second,
            Turn::Second => Turn::First,
        }
    }

    /// Index of the login in its pair.
    pub fn index(self) -> usize {
        match self {
            Turn::First => 0,
            Turn::Second => 1,
        }
    }
}

/// State of rotations, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rotation {
    pub step: Step,
    pub scope: Scope,
    pub turn: Turn,
    /// Value of the annotation that asked for the rotation under way.
    pub asked: Option<String>,
    /// Value of the annotation whose rotation is finished.
    pub done: Option<String>,
}

/// What decides whether a rotation goes on.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Value of the annotation on the resource.
    pub asked: Option<&'a str>,
    /// The authority's certificate is near its end.
    pub authority_is_due: bool,
    /// Everything runs as wanted, and no pod of before is left.
    pub settled: bool,
}

impl Rotation {
    /// The next state; `None` if this one stays.
    pub fn next(&self, seen: &Seen<'_>) -> Option<Rotation> {
        if !seen.settled {
            return None;
        }
        match self.step {
            Step::Idle => self.begun(seen),
            Step::Prepare => Some(Rotation { step: Step::Switch, turn: self.turn_after(), ..self.clone() }),
            Step::Switch => Some(Rotation { step: Step::Retire, ..self.clone() }),
            Step::Retire => Some(Rotation {
                step: Step::Idle,
                scope: Scope::default(),
                turn: self.turn,
                asked: None,
                done: self.asked.clone().or_else(|| self.done.clone()),
            }),
        }
    }

    fn begun(&self, seen: &Seen<'_>) -> Option<Rotation> {
        let asked = seen.asked.filter(|value| !value.is_empty() && Some(*value) != self.done.as_deref());
        let scope = match asked {
            Some(_) => Scope::All,
            None if seen.authority_is_due => Scope::Authority,
            None => return None,
        };
        Some(Rotation { step: Step::Prepare, scope, asked: asked.map(str::to_owned), ..self.clone() })
    }

    fn turn_after(&self) -> Turn {
        if self.scope == Scope::All { self.turn.other() } else { self.turn }
    }

    /// What a person is told while a rotation is under way.
    pub fn message(&self) -> Option<String> {
        let (number, doing) = match self.step {
            Step::Idle => return None,
            Step::Prepare => (1, "new ones become valid beside the old"),
            Step::Switch => (2, "the new ones are taken into use"),
            Step::Retire => (3, "the old ones are withdrawn"),
        };
        let what = match self.scope {
            Scope::All => "credentials",
            Scope::Authority => "the certificate authority",
        };
        Some(format!("rotating {what}, step {number} of 3: {doing}"))
    }
}

/// How a credential is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Old and new are both accepted while those who use it move.
    Overlap,
    /// Its store takes the new one alone; those who use it do without the store for these seconds.
    AtOnce,
    /// Not by a rotation.
    Never,
}

impl Change {
    pub fn of(credential: Credential) -> Self {
        match credential {
            Credential::PostgresOwnerPassword
            | Credential::ApiDatabasePassword
            | Credential::ConsumersDatabasePassword
            | Credential::RelayDatabasePassword
            | Credential::S3AdminKeyId
            | Credential::S3AdminSecretKey
            | Credential::S3ApiKeyId
            | Credential::S3ApiSecretKey
            | Credential::SessionKey
            | Credential::InternalToken
            | Credential::FrontendToken => Change::Overlap,
            // A user of the broker has one password; the Job sets it before those who use it restart.
            Credential::CachePassword
            | Credential::SearchMasterKey
            | Credential::BrokerProvisionPassword
            | Credential::BrokerRelayPassword
            | Credential::BrokerConsumersPassword
            | Credential::BrokerConnectPassword => Change::AtOnce,
            // The broker takes its superuser's password when its volume is set up. The salt guards nothing but hashes.
            Credential::BrokerPassword | Credential::Salt => Change::Never,
        }
    }
}

/// A pod that is going still uses what it was started with.
pub fn none_is_going(pods: &[Pod]) -> bool {
    pods.iter().all(|pod| pod.metadata.deletion_timestamp.is_none())
}

/// Takes the next step if it is time: the platform with other credentials and certificates.
///
/// They count from the moment they are stored; the stores of both come before everything else of a rollout.
pub fn advanced(
    platform: &Platform,
    asked: Option<&str>,
    settled: bool,
    now: OffsetDateTime,
) -> Result<Option<Platform>, PkiError> {
    let seen = Seen { asked, authority_is_due: platform.pki.authority_is_due(now), settled };
    let Some(next) = platform.credentials.rotation().next(&seen) else { return Ok(None) };
    let instance = platform.names.instance();
    let leaves = leaves(instance, &platform.namespace);
    let pki = platform.pki.clone().follow(next.step, &leaves, instance, now)?;
    let credentials = platform.credentials.clone().follow(next, now);
    Ok(Some(Platform { credentials, pki, ..platform.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLED: Seen<'_> = Seen { asked: Some("now"), authority_is_due: false, settled: true };

    fn at(step: Step) -> Rotation {
        Rotation { step, asked: Some("now".to_owned()), ..Rotation::default() }
    }

    #[test]
    fn a_rotation_takes_each_step_once_and_is_not_repeated() {
        let mut rotation = Rotation::default();
        let mut steps = Vec::new();
        while let Some(next) = rotation.next(&SETTLED) {
            rotation = next;
            steps.push((rotation.step, rotation.turn));
            assert!(steps.len() < 10, "{steps:?}");
        }
        let expected = [
            (Step::Prepare, Turn::First),
            (Step::Switch, Turn::Second),
            (Step::Retire, Turn::Second),
            (Step::Idle, Turn::Second),
        ];
        assert_eq!(steps, expected);
        assert_eq!((rotation.asked, rotation.done.as_deref()), (None, Some("now")));
    }

    #[test]
    fn nothing_moves_before_everything_is_settled() {
        for step in [Step::Idle, Step::Prepare, Step::Switch, Step::Retire] {
            for authority_is_due in [false, true] {
                let seen = Seen { settled: false, authority_is_due, ..SETTLED };
                assert_eq!(at(step).next(&seen), None, "{step:?}");
            }
        }
    }

    #[test]
    fn only_a_new_value_starts_one() {
        let done = Rotation { done: Some("now".to_owned()), ..Rotation::default() };
        assert_eq!(done.next(&SETTLED), None);
        assert_eq!(done.next(&Seen { asked: Some(""), ..SETTLED }), None);
        assert_eq!(done.next(&Seen { asked: None, ..SETTLED }), None);
        let again = done.next(&Seen { asked: Some("later"), ..SETTLED }).expect("begun");
        assert_eq!((again.step, again.asked.as_deref()), (Step::Prepare, Some("later")));
        assert_eq!(again.done.as_deref(), Some("now"));
    }

    #[test]
    fn one_under_way_is_finished_whatever_the_annotation_says_meanwhile() {
        for (step, next) in
            [(Step::Prepare, Step::Switch), (Step::Switch, Step::Retire), (Step::Retire, Step::Idle)]
        {
            for asked in [None, Some("now"), Some("other")] {
                let after = at(step).next(&Seen { asked, ..SETTLED }).expect("a step");
                assert_eq!(after.step, next);
                let noted = if next == Step::Idle { after.done } else { after.asked };
                assert_eq!(noted.as_deref(), Some("now"));
            }
        }
    }

    #[test]
    fn an_authority_near_its_end_is_replaced_alone_and_leaves_the_logins() {
        let due = Seen { asked: None, authority_is_due: true, settled: true };
        let mut rotation = Rotation { done: Some("before".to_owned()), ..Rotation::default() };
        for step in [Step::Prepare, Step::Switch, Step::Retire, Step::Idle] {
            rotation = rotation.next(&due).expect("a step");
            assert_eq!((rotation.step, rotation.turn), (step, Turn::First));
        }
        assert_eq!(rotation.done.as_deref(), Some("before"));
        let both = Seen { authority_is_due: true, ..SETTLED };
        assert_eq!(Rotation::default().next(&both).map(|next| next.scope), Some(Scope::All));
    }

    #[test]
    fn what_is_kept_comes_back_and_an_older_state_is_idle() {
        for step in [Step::Idle, Step::Prepare, Step::Switch, Step::Retire] {
            let text = serde_json::to_string(&at(step)).expect("JSON");
            assert_eq!(serde_json::from_str::<Rotation>(&text).expect("a state"), at(step));
        }
        assert_eq!(serde_json::from_str::<Rotation>("{}").expect("a state"), Rotation::default());
    }

    #[test]
    fn a_person_is_told_each_step_and_nothing_afterwards() {
        assert_eq!(at(Step::Idle).message(), None);
        let message = at(Step::Switch).message().expect("a message");
        assert!(message.contains("step 2 of 3"), "{message}");
    }

    #[test]
    fn pods_that_are_going_hold_the_rotation_up() {
        let pod = |going: bool| {
            let mut pod = Pod::default();
            if going {
                pod.metadata.deletion_timestamp =
                    serde_json::from_str("\"2026-01-01T00:00:00Z\"").expect("a time");
            }
            pod
        };
        assert!(none_is_going(&[pod(false), pod(false)]));
        assert!(!none_is_going(&[pod(false), pod(true)]));
    }
}
