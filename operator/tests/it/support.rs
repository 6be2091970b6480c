//! A namespace of its own on the test API server, and passes over a resource in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::http::{Method, Request};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams, ObjectMeta, PartialObjectMeta, Patch, PatchParams, PostParams};
use kube::client::{Body, ClientBuilder};
use kube::core::{DeserializeGuard, NamespaceResourceScope};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Client, Config, CustomResourceExt, Resource, ResourceExt};
use phasma_crds::Phasma;
use phasma_operator::catalogue::Catalogue;
use phasma_operator::controller::build::object::hash;
use phasma_operator::controller::{Context, Error, Patience, reconcile};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower::util::MapRequestLayer;

use crate::faults::Faults;
use crate::{foreign, kubelet};

/// Name of the resource in every test.
pub(crate) const NAME: &str = "p";
/// Annotation of the definition: a hash of what this build of the tests wants.
const BUILD: &str = "phasma.dev/test-build";
const PATIENCE: Duration = Duration::from_secs(60);

/// A fresh namespace and an operator whose writes are counted.
pub(crate) struct World {
    pub(crate) client: Client,
    /// The connection of the operator under test.
    pub(crate) operator_client: Client,
    pub(crate) namespace: String,
    pub(crate) context: Arc<Context>,
    writes: Arc<AtomicUsize>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(catalogue()).await
    }

    /// With an operator that knows these releases.
    pub(crate) async fn with(catalogue: Catalogue) -> Self {
        let config = config().await;
        let client = Client::try_from(config.clone()).expect("a client");
        tokio::join!(install_definition(&client), foreign::install(&client));
        let namespace = make_namespace(&client).await;
        let writes = Arc::new(AtomicUsize::new(0));
        let counted = counting_client(config, writes.clone());
        Self { context: context(&counted, catalogue), client, operator_client: counted, namespace, writes }
    }

    /// Another operator in the same namespace, whose requests fare as `faults` decide.
    pub(crate) async fn restarted(&self, faults: &Faults) -> Self {
        let writes = Arc::new(AtomicUsize::new(0));
        let builder = ClientBuilder::try_from(config().await).expect("a client").with_layer(faults);
        let counted = builder.with_layer(&counting(writes.clone())).build();
        Self {
            context: context(&counted, catalogue()),
            operator_client: counted,
            client: self.client.clone(),
            namespace: self.namespace.clone(),
            writes,
        }
    }

    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Makes the resource with these fields beside the required ones.
    pub(crate) async fn create(&self, spec: &Value) -> kube::Result<Phasma> {
        self.api::<Phasma>().create(&PostParams::default(), &phasma(spec)).await
    }

    pub(crate) async fn change(&self, spec: &Value) -> kube::Result<Phasma> {
        let patch = Patch::Merge(json!({"spec": spec}));
        self.api::<Phasma>().patch(NAME, &PatchParams::default(), &patch).await
    }

    /// Deletes the resource, and what the garbage collector would.
    pub(crate) async fn delete(&self) {
        self.api::<Phasma>().delete(NAME, &DeleteParams::default()).await.expect("deleted");
        kubelet::collect_garbage(self).await;
    }

    pub(crate) async fn phasma(&self) -> Phasma {
        self.get(NAME).await
    }

    pub(crate) async fn get<K>(&self, name: &str) -> K
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + DeserializeOwned
            + std::fmt::Debug,
    {
        self.api::<K>().get(name).await.expect("the object")
    }

    pub(crate) async fn exists<K>(&self, name: &str) -> bool
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + DeserializeOwned
            + std::fmt::Debug,
    {
        self.api::<K>().get_opt(name).await.expect("an answer").is_some()
    }

    pub(crate) async fn deployment(&self, component: &str) -> Deployment {
        self.get(&format!("{NAME}-{component}")).await
    }

    /// One pass, and the number of writes it made.
    pub(crate) async fn pass(&self) -> (Result<(), Error>, usize) {
        self.writes.store(0, Ordering::SeqCst);
        let guard = Arc::new(DeserializeGuard(Ok(self.phasma().await)));
        let result = reconcile(guard, self.context.clone()).await.map(|_| ());
        (result, self.writes.load(Ordering::SeqCst))
    }

    /// Passes, with workloads that become ready in between, until the resource is Ready and nothing is written.
    pub(crate) async fn settle(&self) {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let (result, writes) = self.pass().await;
            result.expect("a good pass");
            let ready = self.condition("Ready").await.0 == "True";
            if ready && writes == 0 {
                return;
            }
            kubelet::make_ready(self).await;
        }
        panic!("not settled: {:?}", self.condition("Ready").await);
    }

    /// Status and message of a condition.
    pub(crate) async fn condition(&self, type_: &str) -> (String, String) {
        let status = self.phasma().await.status.unwrap_or_default();
        let found = status.conditions.into_iter().find(|condition| condition.type_ == type_);
        found.map(|condition| (condition.status, condition.message)).unwrap_or_default()
    }
}

/// Of an operator that waits for nothing, so that tests needn't.
fn context(client: &Client, catalogue: Catalogue) -> Arc<Context> {
    let patience = Patience { proof: Duration::ZERO, trouble: Duration::ZERO };
    Arc::new(Context::new(client.clone(), catalogue).with_patience(patience))
}

/// Waits until `condition` holds.
pub(crate) async fn eventually<F: AsyncFn() -> bool>(what: &str, condition: F) {
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < PATIENCE, "waited too long: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The releases built in.
pub(crate) fn catalogue() -> Catalogue {
    Catalogue::built_in().expect("good releases")
}

pub(crate) fn phasma(spec: &Value) -> Phasma {
    let mut merged = json!({"version": "0.1.0", "exposure": {"url": "http://localhost:8080"}});
    for (field, value) in spec.as_object().expect("a map") {
        merged[field] = value.clone();
    }
    let spec = serde_json::from_value(merged).expect("a spec");
    Phasma::new(NAME, spec)
}

/// Only an API server made for the tests: never the one a developer happens to use.
pub(crate) async fn config() -> Config {
    assert!(
        std::env::var_os("KUBECONFIG").is_some(),
        "KUBECONFIG is not set: run these tests by `make test-operator`, which starts an API server"
    );
    let _ = rustls::crypto::ring::default_provider().install_default();
    Config::infer().await.expect("a configuration")
}

/// Once for all tests of a run, unless the one that is there is of another build.
async fn install_definition(client: &Client) {
    let api = Api::<CustomResourceDefinition>::all(client.clone());
    let wanted = Phasma::crd();
    let build = hash(&wanted);
    let metadata = Api::<PartialObjectMeta<CustomResourceDefinition>>::all(client.clone());
    let found = metadata.get_opt(Phasma::crd_name()).await.expect("an answer");
    if found.is_some_and(|found| found.annotations().get(BUILD) == Some(&build)) {
        return;
    }
    let params = PatchParams::apply("test").force();
    api.patch(Phasma::crd_name(), &params, &Patch::Apply(wanted)).await.expect("the definition");
    let established = await_condition(api, Phasma::crd_name(), conditions::is_crd_established());
    tokio::time::timeout(PATIENCE, established).await.expect("in time").expect("established");
    // Only now: whoever sees it goes on.
    let noted = Patch::Merge(json!({"metadata": {"annotations": {BUILD: build}}}));
    metadata.patch(Phasma::crd_name(), &PatchParams::default(), &noted).await.expect("noted");
}

async fn make_namespace(client: &Client) -> String {
    let metadata = ObjectMeta { generate_name: Some("operator-".to_owned()), ..ObjectMeta::default() };
    let namespace = Namespace { metadata, ..Namespace::default() };
    let made =
        Api::all(client.clone()).create(&PostParams::default(), &namespace).await.expect("a namespace");
    made.metadata.name.expect("a name")
}

fn counting_client(config: Config, writes: Arc<AtomicUsize>) -> Client {
    ClientBuilder::try_from(config).expect("a client").with_layer(&counting(writes)).build()
}

/// Counts what changes the cluster.
fn counting(
    writes: Arc<AtomicUsize>,
) -> MapRequestLayer<impl Fn(Request<Body>) -> Request<Body> + Clone + Send + 'static> {
    MapRequestLayer::new(move |request: Request<Body>| {
        if is_write(&request) {
            writes.fetch_add(1, Ordering::SeqCst);
        }
        request
    })
}

/// Events are news about changes and not counted.
pub(crate) fn is_write(request: &Request<Body>) -> bool {
    request.method() != Method::GET && !request.uri().path().contains("events.k8s.io")
}
