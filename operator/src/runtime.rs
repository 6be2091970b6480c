//! The process: logs, metrics, admin server, signals, and the controllers.

mod admin_server;
mod shutdown;
mod telemetry;

use std::sync::Arc;

use anyhow::Context as _;
use futures::StreamExt;
use futures::stream::select_all;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::Api;
use kube::runtime::wait::{await_condition, conditions};
use kube::{Client, CustomResourceExt};
use phasma_crds::Phasma;
use tokio_util::sync::CancellationToken;

use self::admin_server::AdminServer;
use crate::cli::Run;
use crate::controller::{Context, watch};

/// Runs until SIGTERM or SIGINT, then finishes the passes under way.
pub async fn run(arguments: Run) -> anyhow::Result<()> {
    telemetry::initialise();
    // One TLS implementation for the process; a second call would only say that it is already there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let stop = CancellationToken::new();
    shutdown::on_signal(stop.clone())?;
    let admin = AdminServer::bind(arguments.admin_address).await?;
    let ready = admin.readiness();
    let serving = tokio::spawn(admin.serve(stop.clone()));

    let client = Client::try_default().await.context("no cluster")?;
    tokio::select! {
        found = await_definition(&client) => found?,
        () = stop.cancelled() => {}
    }
    ready.set();
    tracing::info!("looking after Phasma resources");
    control(&client, &arguments.namespaces, &stop).await;
    serving.await.context("admin server")?
}

/// The resource's definition may be installed after the operator.
async fn await_definition(client: &Client) -> anyhow::Result<()> {
    let definitions = Api::<CustomResourceDefinition>::all(client.clone());
    let established = await_condition(definitions, Phasma::crd_name(), conditions::is_crd_established());
    established.await.context("waiting for the definition of the Phasma resource")?;
    Ok(())
}

async fn control(client: &Client, namespaces: &[String], stop: &CancellationToken) {
    let context = Arc::new(Context::new(client.clone()));
    let run = |namespace| watch::run(client, namespace, context.clone(), stop.clone()).boxed();
    let controllers: Vec<_> = if namespaces.is_empty() {
        vec![run(None)]
    } else {
        namespaces.iter().map(|namespace| run(Some(namespace))).collect()
    };
    select_all(controllers).for_each(|()| futures::future::ready(())).await;
}
