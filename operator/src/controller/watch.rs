//! What wakes the controller: the resources themselves, everything labelled as theirs, and the Secrets they name.

use std::fmt::Debug;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Secret, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Api, PartialObjectMeta};
use kube::core::DeserializeGuard;
use kube::runtime::controller::{Config, Controller};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::watcher;
use kube::{Client, Resource, ResourceExt};
use phasma_crds::{Phasma, labels};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::external::named_secrets;
use super::{Context, error_policy, reconcile};

type Guarded = DeserializeGuard<Phasma>;

/// Resources looked after at the same time.
const CONCURRENCY: u16 = 4;
/// Several changes within this time are one pass.
const DEBOUNCE: std::time::Duration = std::time::Duration::from_millis(200);

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
        let named =
            resource.0.as_ref().is_ok_and(|phasma| named_secrets(&phasma.spec).contains(name.as_str()));
        resource.namespace() == secret.namespace() && named
    };
    let named =
        resources.state().into_iter().filter(names_it).map(|resource| ObjectRef::from_obj(&*resource));
    owner(secret).into_iter().chain(named).collect()
}
