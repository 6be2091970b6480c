//! The life of `serve`: check the configuration and the schema, listen, and on a signal first drain, then stop.

use std::{future::Future, net::SocketAddr, time::Duration};

use anyhow::Context;
use phasma_domain::contract::env;
use phasma_store::migrations;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use crate::{app::App, config::Config, router};

/// Requests still running this long after the listeners closed are cut off.
const LAST_REQUESTS: Duration = Duration::from_secs(20);

/// Serves until SIGTERM or SIGINT.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    // More than one provider is compiled in, so none is the default by itself; a second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let app = App::new(config)?;
    check_schema(&app).await?;
    let listeners = Listeners::bind(&app.config).await?;
    tracing::info!(address = %app.config.http_address, internal = %app.config.internal_address, "listening");
    run(app, listeners, stop_signal()?).await
}

/// Refuses a database whose schema this release doesn't run on.
async fn check_schema(app: &App) -> anyhow::Result<()> {
    let unreadable = || format!("the schema of the database in {} can't be read", env::DATABASE_URL);
    let mut connection = app.pool.acquire().await.with_context(unreadable)?;
    migrations::check(&mut connection).await.with_context(|| format!("the database in {}", env::DATABASE_URL))
}

/// The two doors of the API.
pub struct Listeners {
    pub public: TcpListener,
    pub internal: TcpListener,
}

impl Listeners {
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        let bind = async |address: SocketAddr, variable: &str| {
            TcpListener::bind(address)
                .await
                .with_context(|| format!("{address} in {variable} can't be listened on"))
        };
        Ok(Self {
            public: bind(config.http_address, env::HTTP_ADDRESS).await?,
            internal: bind(config.internal_address, env::INTERNAL_ADDRESS).await?,
        })
    }
}

/// Serves on `listeners` until `stop` resolves: then tells load balancers, serves on for the drain time, closes the
/// listeners, and waits for the requests under way.
pub async fn run(app: App, listeners: Listeners, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    let closing = CancellationToken::new();
    let public = axum::serve(
        listeners.public,
        router::public(app.clone())?.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(closing.clone().cancelled_owned());
    let internal = axum::serve(listeners.internal, router::internal(app.clone()))
        .with_graceful_shutdown(closing.clone().cancelled_owned());
    let serving = async { tokio::try_join!(public, internal) };
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended.map(drop).context("a listener failed"),
        () = drained(&app, stop) => closing.cancel(),
    }
    match tokio::time::timeout(LAST_REQUESTS, serving).await {
        Ok(ended) => ended.map(drop).context("a listener failed"),
        Err(_) => {
            tracing::warn!("stopped with requests still running");
            Ok(())
        }
    }
}

async fn drained(app: &App, stop: impl Future<Output = ()>) {
    stop.await;
    tracing::info!("draining");
    app.traffic.drain();
    tokio::time::sleep(app.config.drain).await;
}

/// Resolves on SIGTERM or SIGINT.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM can't be handled")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT can't be handled")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
