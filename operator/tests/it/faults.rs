//! A connection to the API server that fails as a test decides, request by request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::http::{Request, Response, StatusCode};
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use kube::client::{Body, DynBody};
use serde_json::json;
use tower::{BoxError, Layer, Service};

use crate::support::is_write;

/// What becomes of a request.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// It is answered by the API server.
    Pass,
    /// It never reaches the API server.
    Cut,
    /// It is done, but the answer is lost.
    Lose,
    /// The API server refuses it with this code.
    Refuse(u16),
    /// This text is the answer.
    Answer(String),
    /// It is answered, and the answer kept.
    Remember,
    /// The kept answer to the same request, if there is one.
    Recall,
}

type Judge = Arc<dyn Fn(&Request<Body>) -> Fate + Send + Sync>;

/// Decides about every request of one connection.
#[derive(Clone)]
pub(crate) struct Faults {
    judge: Judge,
    memory: Arc<Mutex<HashMap<String, Bytes>>>,
}

impl Faults {
    pub(crate) fn new(judge: impl Fn(&Request<Body>) -> Fate + Send + Sync + 'static) -> Self {
        Self { judge: Arc::new(judge), memory: Arc::default() }
    }

    /// The process dies when its `writes`-th write is done: it never sees the answer, and nothing follows.
    ///
    /// Dying before write n leaves the cluster as dying after write n - 1 does, so this is every point there is;
    /// 0 is a process that dies before it wrote anything.
    pub(crate) fn death_after(writes: usize) -> Self {
        let done = AtomicUsize::new(0);
        Self::new(move |request| {
            let before = done.load(Ordering::SeqCst);
            if before >= writes {
                return Fate::Cut;
            }
            if !is_write(request) {
                return Fate::Pass;
            }
            done.store(before + 1, Ordering::SeqCst);
            if before + 1 == writes { Fate::Lose } else { Fate::Pass }
        })
    }

    /// Each request fails as `fate` says the first time it is made, and passes from then on.
    pub(crate) fn first_time(fate: Fate) -> Self {
        let seen = Mutex::new(HashMap::<String, ()>::new());
        Self::new(move |request| {
            let known = seen.lock().expect("a lock").insert(name(request), ()).is_some();
            if known { Fate::Pass } else { fate.clone() }
        })
    }
}

impl<S> Layer<S> for Faults {
    type Service = Faulty<S>;

    fn layer(&self, inner: S) -> Faulty<S> {
        Faulty { inner, faults: self.clone() }
    }
}

pub(crate) struct Faulty<S> {
    inner: S,
    faults: Faults,
}

type Answer = Response<Box<DynBody>>;

impl<S> Service<Request<Body>> for Faulty<S>
where
    S: Service<Request<Body>, Response = Answer, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = Answer;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Answer, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let name = name(&request);
        let memory = self.faults.memory.clone();
        match (self.faults.judge)(&request) {
            Fate::Pass => Box::pin(self.inner.call(request)),
            Fate::Cut => Box::pin(async { Err("connection refused".into()) }),
            Fate::Lose => {
                let answer = self.inner.call(request);
                Box::pin(async {
                    answer.await?;
                    Err("connection reset".into())
                })
            }
            Fate::Refuse(code) => Box::pin(async move { Ok(refusal(code)) }),
            Fate::Answer(text) => Box::pin(async { Ok(answer(StatusCode::OK, text.into())) }),
            Fate::Remember => {
                let answered = self.inner.call(request);
                Box::pin(async move {
                    let (parts, body) = answered.await?.into_parts();
                    let bytes = body.collect().await?.to_bytes();
                    memory.lock().expect("a lock").insert(name, bytes.clone());
                    Ok(answer(parts.status, bytes))
                })
            }
            Fate::Recall => match memory.lock().expect("a lock").get(&name).cloned() {
                Some(bytes) => Box::pin(async { Ok(answer(StatusCode::OK, bytes)) }),
                None => Box::pin(self.inner.call(request)),
            },
        }
    }
}

fn name(request: &Request<Body>) -> String {
    format!("{} {}", request.method(), request.uri())
}

fn answer(status: StatusCode, bytes: Bytes) -> Answer {
    let body: Box<DynBody> = Box::new(Body::from(bytes).map_err(BoxError::from));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn refusal(code: u16) -> Answer {
    let reason = match code {
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        429 => "TooManyRequests",
        _ => "InternalError",
    };
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
                        "message": format!("refused with {code}"), "reason": reason});
    let status_code = StatusCode::from_u16(code).expect("a status code");
    let mut response = answer(status_code, status.to_string().into());
    if code == 429 {
        response.headers_mut().insert("retry-after", "1".parse().expect("a value"));
    }
    response
}
