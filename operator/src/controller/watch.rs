//! What wakes the controller: the resources themselves, everything labelled as theirs, and the Secrets they name.
//!
//! Of everything but the resources only the metadata are asked for: that something changed is all a watch has to say,
//! since a pass reads for itself.

use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, ApiResource, DynamicObject, PartialObjectMeta};
use kube::core::DeserializeGuard;
use kube::runtime::controller::{self, Action, Config, Controller};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::utils::Backoff;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Client, Resource, ResourceExt};
use metrics::counter;
use phasma_crds::{Phasma, labels};
use tokio_util::sync::CancellationToken;

use super::build::object::{Kind, pods};
use super::external::named_secrets;
use super::{Context, Error, error_policy, key_of, reconcile};

type Guarded = DeserializeGuard<Phasma>;
type Outcome = Result<(ObjectRef<Guarded>, Action), controller::Error<Error, watcher::Error>>;

/// Resources looked after at the same time.
const CONCURRENCY: u16 = 4;
/// Several changes within this time are one pass.
const DEBOUNCE: Duration = Duration::from_millis(200);
/// Pause after a watch failed.
const BREATH: Duration = Duration::from_millis(250);
/// How often it is tried to watch a kind that is not there.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Runs until `stop`; a pass under way is finished. `None` watches every namespace. Dropping it cuts passes off.
pub fn run(
    client: &Client,
    namespace: Option<&str>,
    context: Arc<Context>,
    stop: CancellationToken,
) -> impl Stream<Item = ()> + use<> {
    let phasmas = match namespace {
        Some(namespace) => Api::<Guarded>::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    };
    let mut controller = Controller::new(phasmas, watcher::Config::default())
        .with_config(Config::default().concurrency(CONCURRENCY).debounce(DEBOUNCE))
        .trigger_backoff(Breath);
    let resources = controller.store();
    context.resources.add(resources.clone());
    let early = resources.clone();
    // Every Secret is watched below.
    let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Secret && !kind.is_optional());
    for kind in kinds.map(Kind::api_resource).chain([pods()]) {
        let api = metadata(client, namespace, &kind);
        controller = controller.watches_with(api, kind, ours(), |object| owner(&object));
    }
    for kind in Kind::OPTIONAL {
        controller = controller.reconcile_all_on(optional(client, namespace, kind));
    }
    // Secrets of others may be named by a resource.
    let secrets = ApiResource::erase::<Secret>(&());
    let api = metadata(client, namespace, &secrets);
    let controller = controller
        .watches_with(api, secrets, watcher::Config::default(), move |secret| users(&secret, &resources));
    let shared = context.clone();
    controller
        .graceful_shutdown_on(stop.clone().cancelled_owned())
        .run(reconcile, error_policy, context)
        .take_until(stopped_early(early, stop))
        .map(move |outcome| note(outcome, &shared))
}

/// A moment after each error of a watch.
///
/// All watches share one queue, which rests as a whole. With the usual pause, which doubles up to half a minute, a dozen
/// watches that end at once, or a single one that is refused for good, would keep the news of all others waiting for
/// minutes.
struct Breath;

impl Iterator for Breath {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(BREATH.mul_f64(rand::random_range(0.8..1.2)))
    }
}

impl Backoff for Breath {
    fn reset(&mut self) {}
}

/// Ends when asked to stop before the resources are known. kube's controller would then wait for them in vain: it has
/// stopped watching, and begins no pass before it knows them.
async fn stopped_early(resources: Store<Guarded>, stop: CancellationToken) {
    tokio::select! {
        biased;
        _ = resources.wait_until_ready() => std::future::pending().await,
        () = stop.cancelled() => {}
    }
}

/// Says when a labelled object of a kind that the cluster may lack changed. Errors are kept here: among the controller's
/// own watches a missing kind would fail for ever.
fn optional(client: &Client, namespace: Option<&str>, kind: Kind) -> impl Stream<Item = ()> + Send + use<> {
    watcher(metadata(client, namespace, &kind.api_resource()), ours())
        .backoff(Steady)
        .touched_objects()
        .filter_map(|touched| std::future::ready(touched.ok().map(|_| ())))
}

/// The same pause after every error.
struct Steady;

impl Iterator for Steady {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(LOOK_AGAIN)
    }
}

impl Backoff for Steady {
    fn reset(&mut self) {}
}

fn ours() -> watcher::Config {
    watcher::Config::default().labels(&format!("{}={}", labels::MANAGED_BY, labels::MANAGER))
}

type Metadata = PartialObjectMeta<DynamicObject>;

fn metadata(client: &Client, namespace: Option<&str>, kind: &ApiResource) -> Api<Metadata> {
    match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, kind),
        None => Api::all_with(client.clone(), kind),
    }
}

/// Failed passes were dealt with by [`error_policy`].
fn note(outcome: Outcome, context: &Context) {
    match outcome {
        Ok(_) | Err(controller::Error::ReconcilerFailed(..)) => {}
        // Deleted: nothing is tried again.
        Err(controller::Error::ObjectNotFound(gone)) => {
            context.backoff.forget(&key_of(gone.namespace.as_deref(), &gone.name));
        }
        Err(error) => {
            counter!("phasma_operator_errors_total", "class" => "watch").increment(1);
            tracing::warn!(%error, "a watch broke; it is started anew");
        }
    }
}

/// The resource whose name the object's label says.
fn owner<K: Resource>(object: &K) -> Option<ObjectRef<Guarded>> {
    let instance = object.labels().get(labels::INSTANCE)?;
    object.labels().get(labels::MANAGED_BY).filter(|manager| *manager == labels::MANAGER)?;
    Some(ObjectRef::new(instance).within(&object.namespace()?))
}

/// Resources that made the Secret, or name it.
fn users(secret: &Metadata, resources: &Store<Guarded>) -> Vec<ObjectRef<Guarded>> {
    let name = secret.name_any();
    let names_it = |resource: &Arc<Guarded>| {
        let named =
            resource.0.as_ref().is_ok_and(|phasma| named_secrets(&phasma.spec).contains(name.as_str()));
        resource.namespace() == secret.namespace() && named
    };
    let named =
        resources.state().into_iter().filter(names_it).map(|resource| ObjectRef::from_obj(&*resource));
    owner(secret).into_iter().chain(named).collect()
}
