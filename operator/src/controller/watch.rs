//! What wakes the controller: the resources themselves, everything labelled as theirs, and the Secrets they name.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Secret, Service};
use k8s_openapi::api::networking::v1::{Ingress, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Api, DynamicObject, PartialObjectMeta};
use kube::core::DeserializeGuard;
use kube::runtime::controller::{Config, Controller};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::utils::Backoff;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Client, Resource, ResourceExt};
use phasma_crds::{Phasma, labels};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::build::object::Kind;
use super::{Context, error_policy, reconcile};

type Guarded = DeserializeGuard<Phasma>;

/// Resources looked after at the same time.
const CONCURRENCY: u16 = 4;
/// Several changes within this time are one pass.
const DEBOUNCE: Duration = Duration::from_millis(200);
/// How often it is tried to watch a kind that is not there.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Runs until `stop`; a pass under way is finished. `None` watches every namespace.
pub fn run(
    client: &Client,
    namespace: Option<&str>,
    context: Arc<Context>,
    stop: CancellationToken,
) -> impl Stream<Item = ()> + use<> {
    let controller = Controller::new(api::<Guarded>(client, namespace), watcher::Config::default())
        .with_config(Config::default().concurrency(CONCURRENCY).debounce(DEBOUNCE));
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
    let controller = owned::<HorizontalPodAutoscaler>(controller, client, namespace);
    let controller = owned::<Ingress>(controller, client, namespace);
    let controller = Kind::OPTIONAL
        .into_iter()
        .fold(controller, |controller, kind| controller.reconcile_all_on(optional(client, namespace, kind)));
    // Secrets of others may be named by a resource: all are watched, but only their metadata is kept.
    let secrets = api::<PartialObjectMeta<Secret>>(client, namespace);
    controller
        .watches(secrets, watcher::Config::default(), move |secret| users(&secret, &resources))
        .graceful_shutdown_on(stop.cancelled_owned())
        .run(reconcile, error_policy, context)
        .map(|_| ())
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
    controller.watches(api::<K>(client, namespace), ours(), |object| owner(&object))
}

/// Says when a labelled object of a kind that the cluster may lack changed. Errors are kept here: among the
/// controller's own watches a missing kind would slow all of them down.
fn optional(client: &Client, namespace: Option<&str>, kind: Kind) -> impl Stream<Item = ()> + Send + use<> {
    let resource = kind.api_resource();
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    watcher(api, ours())
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
