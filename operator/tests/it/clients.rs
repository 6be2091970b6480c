//! Clients that see, or stop, what an operator sends.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Instant;

use axum::http::{Method, Request};
use futures::FutureExt;
use futures::future::BoxFuture;
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use phasma_operator::runtime::fence::Fence;
use tokio::sync::Semaphore;
use tower::BoxError;
use tower::Service;
use tower::filter::FilterLayer;
use tower::layer::layer_fn;
use tower::util::MapRequestLayer;

/// What was sent, by whom and when. Events are news about changes and not counted.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<Mutex<Vec<Write>>>);

#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) operator: &'static str,
    pub(crate) at: Instant,
}

impl Sent {
    pub(crate) fn writes(&self) -> Vec<Write> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn by(&self, operator: &str) -> usize {
        self.writes().iter().filter(|write| write.operator == operator).count()
    }

    /// A fenced client whose writes are noted once they have passed the fence.
    pub(crate) fn client(&self, config: Config, operator: &'static str, fence: &Fence) -> Client {
        let writes = self.0.clone();
        let note = move |request: Request<Body>| {
            if changes(&request) {
                writes.lock().unwrap().push(Write { operator, at: Instant::now() });
            }
            request
        };
        let builder = ClientBuilder::try_from(config).expect("a client");
        builder.with_layer(&MapRequestLayer::new(note)).with_layer(&fence.layer()).build()
    }
}

fn changes(request: &Request<Body>) -> bool {
    request.method() != Method::GET && !request.uri().path().contains("events.k8s.io")
}

/// How many requests of which sort: `get`, `list`, `watch`, or the method.
#[derive(Clone, Default)]
pub(crate) struct Requests(Arc<Mutex<BTreeMap<&'static str, usize>>>);

impl Requests {
    pub(crate) fn take(&self) -> BTreeMap<&'static str, usize> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    pub(crate) fn client(&self, config: Config) -> Client {
        let counts = self.0.clone();
        let count = move |request: Request<Body>| {
            *counts.lock().unwrap().entry(sort(&request)).or_default() += 1;
            request
        };
        ClientBuilder::try_from(config).expect("a client").with_layer(&MapRequestLayer::new(count)).build()
    }
}

fn sort(request: &Request<Body>) -> &'static str {
    let query = request.uri().query().unwrap_or_default();
    match *request.method() {
        Method::GET if query.contains("watch=true") => "watch",
        // Lists ask by label.
        Method::GET if query.contains("labelSelector") => "list",
        Method::GET => "get",
        _ if !changes(request) => "event",
        _ => "write",
    }
}

/// A wire that can be cut.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<AtomicBool>);

impl Wire {
    pub(crate) fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn client(&self, config: Config) -> Client {
        let cut = self.0.clone();
        let pass = move |request: Request<Body>| {
            if cut.load(Ordering::SeqCst) { Err(BoxError::from("the wire is cut")) } else { Ok(request) }
        };
        ClientBuilder::try_from(config).expect("a client").with_layer(&FilterLayer::new(pass)).build()
    }
}

/// A client that holds back every write while a permit is missing.
pub(crate) fn held_back(config: Config, permits: Arc<Semaphore>) -> Client {
    let hold = layer_fn(move |inner| HeldBack { inner, permits: permits.clone() });
    ClientBuilder::try_from(config).expect("a client").with_layer(&hold).build()
}

struct HeldBack<S> {
    inner: S,
    permits: Arc<Semaphore>,
}

impl<S> Service<Request<Body>> for HeldBack<S>
where
    S: Service<Request<Body>, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut std::task::Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (waits, permits) = (changes(&request), self.permits.clone());
        // Nothing is sent before this is polled.
        let answer = self.inner.call(request);
        async move {
            if waits {
                permits.acquire().await?.forget();
            }
            answer.await
        }
        .boxed()
    }
}
