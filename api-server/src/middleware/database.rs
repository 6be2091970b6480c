//! Around everything that needs the database: refuses at once while it is away, and repeats a request whose
//! connection broke or whose transaction gave way to another one, before anything was committed.

use std::time::{Duration, Instant};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Method, header::CONTENT_TYPE, request::Parts},
    middleware::Next,
    response::Response,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use phasma_store::health;

use crate::{
    app::App, breaker::Admission, error::ApiError, middleware::identify, router::BODY_LIMIT,
    telemetry::names, trouble::Trouble,
};

/// A request is repeated so often at most.
const REPEATS: u32 = 2;
/// Waited before a repetition, times its number, and half of it to twice as much by chance.
const DELAY: Duration = Duration::from_millis(20);
/// A database that takes longer to answer is still away.
const PATIENCE: Duration = Duration::from_millis(500);

pub async fn guard_database(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if !identify::needs_database(&request) {
        return Ok(next.run(request).await);
    }
    admit(&app).await?;
    if !is_buffered(&request) {
        let response = next.run(request).await;
        record(&app, &response);
        return Ok(response);
    }
    let copies = Copies::of(request).await?;
    let mut repeats = 0;
    loop {
        let response = next.clone().run(copies.next()).await;
        let Some(trouble) = record(&app, &response) else { return Ok(response) };
        if !trouble.repeatable || repeats == REPEATS || app.breaker.is_open() {
            return Ok(response);
        }
        repeats += 1;
        metrics::counter!(names::DATABASE_REPEATS).increment(1);
        tokio::time::sleep(DELAY * repeats * rand::random_range(50..200) / 100).await;
        if trouble.outage {
            drop_broken_connections(&app).await;
        }
    }
}

/// Lets a request pass, or refuses it because the database is away.
async fn admit(app: &App) -> Result<(), ApiError> {
    let away = || ApiError::unavailable("the database is away");
    match app.breaker.admit(Instant::now()) {
        Admission::Pass => Ok(()),
        Admission::Refuse => {
            metrics::counter!(names::DATABASE_REFUSED).increment(1);
            Err(away())
        }
        Admission::Probe => match tokio::time::timeout(PATIENCE, health::ping(&app.pool)).await {
            Ok(Ok(())) => {
                tracing::info!("the database is back");
                app.breaker.close(Instant::now());
                Ok(())
            }
            _ => Err(away()),
        },
    }
}

/// Tells the breaker how it went. A client that hangs up is nobody's failure: its request ends before it gets here.
fn record(app: &App, response: &Response) -> Option<Trouble> {
    let trouble = response.extensions().get::<Trouble>().copied();
    if app.breaker.record(trouble.is_some_and(|trouble| trouble.outage), Instant::now()) {
        tracing::warn!("the database is away: requests are refused until it is back");
    }
    trouble
}

/// After a restart of the database all idle connections are broken. Asking by one drops it, so that the repetition
/// gets one that works, or a new one.
async fn drop_broken_connections(app: &App) {
    let asking = async {
        for _ in 0..=app.pool.num_idle() {
            if health::ping(&app.pool).await.is_ok() {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, asking).await;
}

/// Whether the request can be held in memory: uploads stream.
fn is_buffered(request: &Request) -> bool {
    let is_json = |kind: &str| kind.starts_with("application/json");
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    matches!(*request.method(), Method::GET | Method::HEAD | Method::DELETE) || kind.is_none_or(is_json)
}

/// A request that can be made again.
struct Copies {
    parts: Parts,
    body: Bytes,
}

impl Copies {
    async fn of(request: Request) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(refusal)?.to_bytes();
        Ok(Self { parts, body })
    }

    fn next(&self) -> Request {
        Request::from_parts(self.parts.clone(), Body::from(self.body.clone()))
    }
}

fn refusal(error: Box<dyn std::error::Error + Send + Sync>) -> ApiError {
    if error.is::<LengthLimitError>() {
        ApiError::body_too_large()
    } else {
        ApiError::Invalid("The body did not arrive whole.".to_owned())
    }
}
