//! The decision: what a candidate saw of the Lease, and when, -> wait or claim it. Pure.
//!
//! Clocks of machines differ, so the times in a Lease are never compared with this machine's: a Lease has run out when
//! nobody changed it for its duration, measured here from the moment the last change was seen. client-go does the same.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::LeaseSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use tokio::time::Instant;

/// How long things take. What makes two leaders impossible: `renew_deadline` is shorter than `duration` by more than a
/// request takes.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Others wait this long after the last renewal they saw.
    pub duration: Duration,
    /// A leader that couldn't renew for this long stops.
    pub renew_deadline: Duration,
    /// Between two attempts, of the leader and of the others.
    pub retry: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }
}

pub(super) struct Candidate {
    identity: String,
    terms: Terms,
    seen: Option<Seen>,
}

/// The Lease as it was when it last changed, and when that was noticed.
struct Seen {
    spec: LeaseSpec,
    at: Instant,
}

#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    /// Somebody else leads.
    Wait { holder: String },
    /// Write this, if nobody was faster.
    Claim(Box<LeaseSpec>),
}

impl Candidate {
    /// `identity` must be unique to the process.
    pub(super) fn new(identity: String, terms: Terms) -> Self {
        Self { identity, terms, seen: None }
    }

    pub(super) fn terms(&self) -> Terms {
        self.terms
    }

    /// `found` is the Lease as it was read just before `now`. `wall` only goes into what people read.
    pub(super) fn decide(&mut self, found: Option<&LeaseSpec>, now: Instant, wall: Timestamp) -> Decision {
        if let Some(found) = found
            && self.seen.as_ref().is_none_or(|seen| seen.spec != *found)
        {
            self.seen = Some(Seen { spec: found.clone(), at: now });
        }
        // A Lease that was deleted still counts as it was last seen: its holder may not know yet.
        match &self.seen {
            Some(seen) if seen.is_others(&self.identity) && !self.has_run_out(seen, now) => {
                Decision::Wait { holder: holder(&seen.spec).unwrap_or_default().to_owned() }
            }
            _ => Decision::Claim(Box::new(self.claim(found, wall))),
        }
    }

    /// The claim was written.
    pub(super) fn claimed(&mut self, spec: LeaseSpec, now: Instant) {
        self.seen = Some(Seen { spec, at: now });
    }

    /// The Lease without a holder, if it is this candidate's.
    pub(super) fn release(&self, found: &LeaseSpec) -> Option<LeaseSpec> {
        let ours = holder(found) == Some(self.identity.as_str());
        ours.then(|| LeaseSpec { holder_identity: None, ..found.clone() })
    }

    fn claim(&self, found: Option<&LeaseSpec>, wall: Timestamp) -> LeaseSpec {
        let renewal = found.filter(|found| holder(found) == Some(self.identity.as_str()));
        let transitions = found.and_then(|found| found.lease_transitions).unwrap_or(0);
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: Some(whole_seconds(self.terms.duration)),
            acquire_time: renewal.and_then(|renewal| renewal.acquire_time.clone()).or(Some(MicroTime(wall))),
            renew_time: Some(MicroTime(wall)),
            lease_transitions: Some(match renewal {
                Some(_) => transitions,
                None => transitions.saturating_add(i32::from(found.is_some())),
            }),
            ..LeaseSpec::default()
        }
    }

    /// An operator of another release may have other terms: the longer ones count.
    fn has_run_out(&self, seen: &Seen, now: Instant) -> bool {
        let theirs = seen.spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let theirs = Duration::from_secs(theirs.unwrap_or(0));
        now.saturating_duration_since(seen.at) >= self.terms.duration.max(theirs)
    }
}

impl Seen {
    fn is_others(&self, identity: &str) -> bool {
        holder(&self.spec).is_some_and(|holder| holder != identity)
    }
}

fn holder(spec: &LeaseSpec) -> Option<&str> {
    spec.holder_identity.as_deref().filter(|holder| !holder.is_empty())
}

/// Rounded up, and at least the one second that the API server asks for.
fn whole_seconds(duration: Duration) -> i32 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(seconds.max(1)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scene {
        me: Candidate,
        start: Instant,
    }

    impl Scene {
        fn new() -> Self {
            Self { me: Candidate::new("me".to_owned(), Terms::default()), start: Instant::now() }
        }

        fn decide(&mut self, found: Option<&LeaseSpec>, second: u64) -> Decision {
            self.me.decide(found, self.start + Duration::from_secs(second), wall(second))
        }
    }

    fn wall(second: u64) -> Timestamp {
        Timestamp::from_second(i64::try_from(second).expect("small")).expect("a time")
    }

    /// Held by `holder`, renewed at this second of the holder's own clock.
    fn held(holder: &str, renewed: u64) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(15),
            acquire_time: Some(MicroTime(wall(0))),
            renew_time: Some(MicroTime(wall(renewed))),
            lease_transitions: Some(3),
            ..LeaseSpec::default()
        }
    }

    fn waits_for(decision: &Decision, expected: &str) -> bool {
        matches!(decision, Decision::Wait { holder } if holder == expected)
    }

    fn claim(decision: Decision) -> LeaseSpec {
        match decision {
            Decision::Claim(spec) => *spec,
            Decision::Wait { holder } => panic!("waits for {holder}"),
        }
    }

    #[test]
    fn a_lease_that_does_not_exist_is_claimed() {
        let spec = claim(Scene::new().decide(None, 7));
        assert_eq!(spec.holder_identity.as_deref(), Some("me"));
        assert_eq!(spec.lease_duration_seconds, Some(15));
        assert_eq!(spec.lease_transitions, Some(0));
        assert_eq!(
            (spec.acquire_time, spec.renew_time),
            (Some(MicroTime(wall(7))), Some(MicroTime(wall(7))))
        );
    }

    #[test]
    fn a_released_lease_is_claimed_at_once() {
        for released in [None, Some(String::new())] {
            let found = LeaseSpec { holder_identity: released, ..held("other", 0) };
            assert_eq!(claim(Scene::new().decide(Some(&found), 0)).lease_transitions, Some(4));
        }
    }

    #[test]
    fn a_lease_of_another_is_waited_for_until_nobody_changed_it_for_its_duration() {
        let mut scene = Scene::new();
        assert!(waits_for(&scene.decide(Some(&held("other", 0)), 100), "other"));
        assert!(waits_for(&scene.decide(Some(&held("other", 0)), 114), "other"));
        claim(scene.decide(Some(&held("other", 0)), 115));
    }

    #[test]
    fn every_renewal_starts_the_wait_anew() {
        let mut scene = Scene::new();
        for second in (0..60).step_by(10) {
            assert!(waits_for(&scene.decide(Some(&held("other", second)), second), "other"));
        }
        assert!(waits_for(&scene.decide(Some(&held("other", 50)), 64), "other"));
        claim(scene.decide(Some(&held("other", 50)), 65));
    }

    #[test]
    fn the_holders_clock_does_not_matter() {
        for renewed in [0, 1_000_000] {
            let mut scene = Scene::new();
            assert!(waits_for(&scene.decide(Some(&held("other", renewed)), 500), "other"));
            // A clock that runs backwards changes the Lease, too.
            assert!(waits_for(&scene.decide(Some(&held("other", renewed / 2 + 1)), 514), "other"));
            assert!(waits_for(&scene.decide(Some(&held("other", renewed / 2 + 1)), 528), "other"));
        }
    }

    #[test]
    fn the_longer_of_two_durations_counts() {
        let mut scene = Scene::new();
        let patient = LeaseSpec { lease_duration_seconds: Some(60), ..held("other", 0) };
        scene.decide(Some(&patient), 0);
        assert!(waits_for(&scene.decide(Some(&patient), 59), "other"));
        claim(scene.decide(Some(&patient), 60));
        let mut scene = Scene::new();
        let hasty = LeaseSpec { lease_duration_seconds: Some(1), ..held("other", 0) };
        scene.decide(Some(&hasty), 0);
        assert!(waits_for(&scene.decide(Some(&hasty), 14), "other"));
    }

    #[test]
    fn a_deleted_lease_counts_until_its_holder_must_have_stopped() {
        let mut scene = Scene::new();
        scene.decide(Some(&held("other", 0)), 0);
        assert!(waits_for(&scene.decide(None, 14), "other"));
        assert_eq!(claim(scene.decide(None, 15)).lease_transitions, Some(0));
    }

    #[test]
    fn a_renewal_keeps_the_time_of_the_acquisition() {
        let mut scene = Scene::new();
        let renewed = claim(scene.decide(Some(&held("me", 0)), 9));
        assert_eq!(renewed.acquire_time, Some(MicroTime(wall(0))));
        assert_eq!(renewed.renew_time, Some(MicroTime(wall(9))));
        assert_eq!(renewed.lease_transitions, Some(3));
    }

    #[test]
    fn only_the_own_lease_is_released() {
        let me = Scene::new().me;
        assert_eq!(me.release(&held("other", 0)), None);
        let released = me.release(&held("me", 4)).expect("ours");
        assert_eq!(holder(&released), None);
        assert_eq!(released.lease_transitions, Some(3));
    }

    #[test]
    fn durations_are_rounded_up_for_others() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1_500)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(15)), 15);
    }
}
