//! Keeps a former leader from writing: a client whose writes pass only while the lease is certainly held.
//!
//! Cancelling the passes is not enough. A process that was frozen (a stopped container, a starved machine) goes on in the
//! middle of a pass, before anything could tell it that its time is over. So every write asks the clock first.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{Method, Request};
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use thiserror::Error;
use tokio::time::Instant;
use tower::BoxError;
use tower::filter::{FilterLayer, Predicate};

/// Open until a moment that each renewal of the lease puts off. Clones share it. Closed at first.
#[derive(Clone, Default)]
pub struct Fence(Arc<Mutex<Option<Instant>>>);

#[derive(Debug, Error)]
#[error("not the leader: nothing is written")]
pub struct NotLeading;

impl Fence {
    pub fn open_until(&self, end: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    }

    pub fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub fn is_open(&self) -> bool {
        self.is_open_at(Instant::now())
    }

    fn is_open_at(&self, now: Instant) -> bool {
        let end = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        end.is_some_and(|end| now < end)
    }

    /// A client that always reads, and writes while the fence is open.
    pub fn client(&self, config: Config) -> Result<Client, kube::Error> {
        Ok(ClientBuilder::try_from(config)?.with_layer(&self.layer()).build())
    }

    pub fn layer(&self) -> FilterLayer<Gate> {
        FilterLayer::new(Gate(self.clone()))
    }
}

/// Lets a request pass or refuses it.
#[derive(Clone)]
pub struct Gate(Fence);

impl Predicate<Request<Body>> for Gate {
    type Request = Request<Body>;

    fn check(&mut self, request: Request<Body>) -> Result<Request<Body>, BoxError> {
        if request.method() == Method::GET || self.0.is_open() { Ok(request) } else { Err(NotLeading.into()) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn passes(fence: &Fence, method: Method) -> bool {
        let request = Request::builder().method(method).body(Body::empty()).expect("a request");
        Gate(fence.clone()).check(request).is_ok()
    }

    #[test]
    fn writes_pass_only_while_the_lease_is_held() {
        let fence = Fence::default();
        let writes = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let written = || writes.iter().filter(|method| passes(&fence, (*method).clone())).count();
        assert_eq!(written(), 0);
        fence.open_until(Instant::now() + Duration::from_secs(3600));
        assert_eq!(written(), 4);
        fence.close();
        assert_eq!(written(), 0);
        assert!(passes(&fence, Method::GET));
    }

    #[test]
    fn nobody_has_to_notice_that_the_time_is_over() {
        let (fence, now) = (Fence::default(), Instant::now());
        let end = now + Duration::from_secs(10);
        fence.open_until(end);
        assert!(fence.is_open_at(now) && !fence.is_open_at(end));
    }
}
