//! What wakes the controller: the resources themselves, everything labelled as theirs, and the Secrets they name.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Secret, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Api, PartialObjectMeta};
use kube::core::DeserializeGuard;
use kube::runtime::controller::{self, Config, Controller};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::utils::Backoff;
use kube::runtime::watcher;
use kube::{Client, Resource, ResourceExt};
use metrics::counter;
use phasma_crds::{Phasma, labels};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::{Context, error_policy, reconcile};

type Guarded = DeserializeGuard<Phasma>;

/// Resources looked after at the same time.
const CONCURRENCY: u16 = 4;
/// Several changes within this time are one pass.
const DEBOUNCE: Duration = Duration::from_millis(200);
/// Pause after a watch failed.
const BREATH: Duration = Duration::from_millis(250);

/// Runs until `stop`; a pass under way is finished. `None` watches every namespace.
pub fn run(
    client: &Client,
    namespace: Option<&str>,
    context: Arc<Context>,
    stop: CancellationToken,
) -> impl Stream<Item = ()> + use<> {
    let controller = Controller::new(api::<Guarded>(client, namespace), watcher::Config::default())
        .with_config(Config::default().concurrency(CONCURRENCY).debounce(DEBOUNCE))
        .trigger_backoff(Breath);
    let resources = controller.store();
    let controller = owned::<Deployment>(controller, client, namespace);
    let controller = owned::<StatefulSet>(controller, client, namespace);
    let controller = owned::<Job>(controller, client, namespace);
    let controller = owned::<Service>(controller, client, namespace);
    let controller = owned::<ConfigMap>(controller, client, namespace);
    let controller = owned::<NetworkPolicy>(controller, client, namespace);
    let controller = owned::<PodDisruptionBudget>(controller, client, namespace);
    let controller = owned::<PersistentVolumeClaim>(controller, client, namespace);
    let controller = owned::<Pod>(controller, client, namespace);
    // Secrets of others may be named by a resource: all are watched, but only their metadata is kept.
    let secrets = api::<PartialObjectMeta<Secret>>(client, namespace);
    controller
        .watches(secrets, watcher::Config::default(), move |secret| users(&secret, &resources))
        .graceful_shutdown_on(stop.cancelled_owned())
        .run(reconcile, error_policy, context)
        .map(|result| result.map_or_else(|error| report(&error), |_| ()))
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

/// Failed passes are reported where they fail; a resource that is gone is no error.
fn report<E: std::error::Error>(error: &controller::Error<E, watcher::Error>) {
    if let controller::Error::QueueError(error) = error {
        counter!("phasma_operator_errors_total", "class" => "watch").increment(1);
        tracing::warn!(%error, "watch failed");
    }
}

/// Watches the labelled objects of a kind, retained ones included.
fn owned<K>(controller: Controller<Guarded>, client: &Client, namespace: Option<&str>) -> Controller<Guarded>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + 'static,
{
    let ours = watcher::Config::default().labels(&format!("{}={}", labels::MANAGED_BY, labels::MANAGER));
    controller.watches(api::<K>(client, namespace), ours, |object| owner(&object))
}

fn api<K>(client: &Client, namespace: Option<&str>) -> Api<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
{
    match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}

/// The resource whose name the object's label says.
fn owner<K: Resource>(object: &K) -> Option<ObjectRef<Guarded>> {
    let instance = object.labels().get(labels::INSTANCE)?;
    object.labels().get(labels::MANAGED_BY).filter(|manager| *manager == labels::MANAGER)?;
    Some(ObjectRef::new(instance).within(&object.namespace()?))
}

/// Resources that made the Secret, or name it.
fn users(secret: &PartialObjectMeta<Secret>, resources: &Store<Guarded>) -> Vec<ObjectRef<Guarded>> {
    let name = secret.name_any();
    let names_it = |resource: &Arc<Guarded>| {
        let external = resource.0.as_ref().ok().and_then(|phasma| phasma.spec.database.external.as_ref());
        resource.namespace() == secret.namespace()
            && external.is_some_and(|external| external.secret_ref.name == name)
    };
    let named =
        resources.state().into_iter().filter(names_it).map(|resource| ObjectRef::from_obj(&*resource));
    owner(secret).into_iter().chain(named).collect()
}
