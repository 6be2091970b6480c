//! Of several operators one works: on a real API server, with terms short enough for a test.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::future::ready;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use kube::api::{DeleteParams, Patch, PatchParams};
use phasma_operator::controller::{Context, watch};
use phasma_operator::runtime::fence::Fence;
use phasma_operator::runtime::lease::{Election, Lost, Terms};
use serde_json::json;
use tokio::sync::watch as signal;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clients::{Sent, Wire};
use crate::kubelet;
use crate::support::{World, catalogue, config, eventually};

const LEASE: &str = "operator";
/// Long enough for a machine that is busy with other tests.
const TERMS: Terms = Terms {
    duration: Duration::from_secs(6),
    renew_deadline: Duration::from_secs(4),
    retry: Duration::from_millis(400),
};

/// A candidate whose work is to wait for `stop`, or for the loss of the leadership.
struct Candidate {
    stop: CancellationToken,
    leading: signal::Receiver<Option<Instant>>,
    stopped: signal::Receiver<Option<Instant>>,
    ended: JoinHandle<Result<(), Lost>>,
    wire: Wire,
}

/// Tells when the work ended, however it did.
struct End(signal::Sender<Option<Instant>>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.send_replace(Some(Instant::now()));
    }
}

impl Candidate {
    async fn start(world: &World, identity: &str) -> Self {
        let (stop, wire) = (CancellationToken::new(), Wire::default());
        let (started, leading) = signal::channel(None);
        let (end, stopped) = signal::channel(None);
        let client = wire.client(config().await);
        let fence = Fence::default();
        let election =
            Election::new(&client, &world.namespace, LEASE, identity.to_owned(), TERMS, fence.clone());
        let until = stop.clone();
        let ended = tokio::spawn(async move {
            let work = || async {
                assert!(fence.is_open());
                started.send_replace(Some(Instant::now()));
                let _end = End(end);
                until.cancelled().await;
            };
            election.lead(&until, work).await
        });
        Self { stop, leading, stopped, ended, wire }
    }

    fn leads(&self) -> bool {
        self.leading.borrow().is_some() && self.stopped.borrow().is_none()
    }

    async fn begins(&mut self) -> Instant {
        let begun = self.leading.wait_for(Option::is_some);
        let begun = tokio::time::timeout(Duration::from_secs(60), begun).await.expect("in time");
        begun.expect("it runs").expect("begun")
    }

    async fn ends(self) -> Result<(), Lost> {
        tokio::time::timeout(Duration::from_secs(60), self.ended).await.expect("in time").expect("no panic")
    }
}

async fn lease(world: &World) -> LeaseSpec {
    world.get::<Lease>(LEASE).await.spec.unwrap_or_default()
}

/// Waits until the holder has renewed so many times.
async fn renewals(world: &World, count: usize) {
    for _ in 0..count {
        let before = lease(world).await.renew_time;
        eventually("a renewal", async || lease(world).await.renew_time != before).await;
    }
}

#[tokio::test]
async fn one_of_two_leads_and_the_other_follows_at_its_release() {
    let world = World::new().await;
    let mut first = Candidate::start(&world, "first").await;
    first.begins().await;
    let mut second = Candidate::start(&world, "second").await;
    renewals(&world, 3).await;
    assert!(first.leads() && !second.leads());
    assert_eq!(lease(&world).await.holder_identity.as_deref(), Some("first"));
    let released = Instant::now();
    first.stop.cancel();
    first.ends().await.expect("a good end");
    let took = second.begins().await - released;
    assert!(took < TERMS.renew_deadline, "{took:?}");
    let spec = lease(&world).await;
    assert_eq!((spec.holder_identity.as_deref(), spec.lease_transitions), (Some("second"), Some(1)));
    second.stop.cancel();
    second.ends().await.expect("a good end");
    assert_eq!(lease(&world).await.holder_identity, None);
}

#[tokio::test]
async fn of_many_that_start_together_one_leads() {
    let world = World::new().await;
    let mut candidates = Vec::new();
    for identity in ["a", "b", "c", "d", "e"] {
        candidates.push(Candidate::start(&world, identity).await);
    }
    eventually("a leader", async || candidates.iter().any(Candidate::leads)).await;
    renewals(&world, 3).await;
    assert_eq!(candidates.iter().filter(|candidate| candidate.leads()).count(), 1);
}

#[tokio::test]
async fn a_leader_that_is_cut_off_stops_before_another_begins() {
    let world = World::new().await;
    let mut first = Candidate::start(&world, "first").await;
    first.begins().await;
    let mut second = Candidate::start(&world, "second").await;
    renewals(&world, 1).await;
    first.wire.cut();
    let begun = second.begins().await;
    let stopped = first.stopped.borrow().expect("the first has stopped");
    assert!(stopped < begun, "the second began {:?} too early", stopped - begun);
    assert!(matches!(first.ends().await, Err(Lost::Late)));
    second.stop.cancel();
    second.ends().await.expect("a good end");
}

#[tokio::test]
async fn a_leader_whose_lease_was_taken_stops() {
    let world = World::new().await;
    let mut first = Candidate::start(&world, "first").await;
    first.begins().await;
    let taken = Patch::Merge(json!({"spec": {"holderIdentity": "somebody"}}));
    world.api::<Lease>().patch(LEASE, &PatchParams::default(), &taken).await.expect("taken");
    let lost = first.ends().await.expect_err("lost");
    assert!(matches!(&lost, Lost::Taken { holder } if holder == "somebody"), "{lost}");
    // It is not given back to anybody: the other holds it.
    assert_eq!(lease(&world).await.holder_identity.as_deref(), Some("somebody"));
}

#[tokio::test]
async fn a_lease_that_was_deleted_goes_to_its_holder() {
    let world = World::new().await;
    let mut first = Candidate::start(&world, "first").await;
    first.begins().await;
    let second = Candidate::start(&world, "second").await;
    renewals(&world, 3).await;
    world.api::<Lease>().delete(LEASE, &DeleteParams::default()).await.expect("deleted");
    eventually("the Lease is back", async || world.exists::<Lease>(LEASE).await).await;
    renewals(&world, 2).await;
    assert_eq!(lease(&world).await.holder_identity.as_deref(), Some("first"));
    assert!(first.leads() && !second.leads());
}

#[tokio::test]
async fn one_that_stands_by_ends_when_asked() {
    let world = World::new().await;
    let mut first = Candidate::start(&world, "first").await;
    first.begins().await;
    let second = Candidate::start(&world, "second").await;
    renewals(&world, 1).await;
    second.stop.cancel();
    second.ends().await.expect("a good end");
    assert_eq!(lease(&world).await.holder_identity.as_deref(), Some("first"));
}

/// A whole operator but for the process.
async fn operator(
    world: &World,
    identity: &'static str,
    sent: &Sent,
    wire: &Wire,
    stop: &CancellationToken,
) -> JoinHandle<Result<(), Lost>> {
    let fence = Fence::default();
    let client = sent.client(config().await, identity, &fence);
    let election = Election::new(
        &wire.client(config().await),
        &world.namespace,
        LEASE,
        identity.to_owned(),
        TERMS,
        fence,
    );
    let (namespace, stop) = (world.namespace.clone(), stop.clone());
    tokio::spawn(async move {
        let context = Arc::new(Context::new(client.clone(), catalogue()));
        let work = || watch::run(&client, Some(&namespace), context, stop.clone()).for_each(|()| ready(()));
        election.lead(&stop, work).await
    })
}

#[tokio::test]
async fn two_operators_never_both_write() {
    let world = World::new().await;
    let (sent, wire, stop) = (Sent::default(), Wire::default(), CancellationToken::new());
    let first = operator(&world, "first", &sent, &wire, &stop).await;
    eventually("the first leads", async || world.exists::<Lease>(LEASE).await).await;
    let second = operator(&world, "second", &sent, &Wire::default(), &stop).await;
    world.create(&json!({})).await.expect("created");
    eventually("Ready", async || {
        kubelet::make_ready(&world).await;
        world.condition("Ready").await.0 == "True"
    })
    .await;
    assert!(sent.by("first") > 0);
    assert_eq!(sent.by("second"), 0);

    wire.cut();
    // While the leader goes, there is something to write all the time.
    eventually("the second writes", async || {
        let _ = world.api::<Deployment>().delete("p-api", &DeleteParams::background()).await;
        sent.by("second") > 0
    })
    .await;
    assert!(matches!(first.await.expect("no panic"), Err(Lost::Late)));
    eventually("the Deployment is back", async || world.exists::<Deployment>("p-api").await).await;
    stop.cancel();
    second.await.expect("no panic").expect("a good end");

    let writes = sent.writes();
    let last = writes.iter().filter(|write| write.operator == "first").map(|write| write.at).max();
    let begun = writes.iter().filter(|write| write.operator == "second").map(|write| write.at).min();
    assert!(last < begun, "{last:?} {begun:?}");
}
