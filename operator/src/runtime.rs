//! The process: logs, metrics, admin server, signals, leadership, and the controllers.

mod admin_server;
pub mod fence;
pub mod lease;
pub mod metrics;
mod shutdown;
mod telemetry;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt;
use futures::stream::select_all;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::Api;
use kube::runtime::wait::{await_condition, conditions};
use kube::{Client, Config, CustomResourceExt};
use phasma_crds::Phasma;
use tokio_util::sync::CancellationToken;

use self::admin_server::AdminServer;
use self::fence::Fence;
use self::lease::{Election, Terms};
use self::metrics::Exposition;
use crate::cli::Run;
use crate::controller::{Context, watch};

/// Passes under way at SIGTERM get this long. The chart's grace period is longer.
const GRACE: Duration = Duration::from_secs(30);

/// Runs until SIGTERM or SIGINT, then finishes the passes under way. An error when the leadership was lost.
pub async fn run(arguments: Run) -> anyhow::Result<()> {
    telemetry::initialise();
    // One TLS implementation for the process; a second call would only say that it is already there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let stop = CancellationToken::new();
    shutdown::on_signal(stop.clone())?;
    let catalogue = arguments.releases.load()?;
    let config = Config::infer().await.context("no cluster")?;
    // Of the Lease and the definition. All that passes do goes through the fenced one.
    let client = Client::try_from(config.clone()).context("client")?;
    let fence = Fence::default();
    let fenced = fence.client(config).context("client")?;
    let context = Arc::new(Context::new(fenced.clone(), catalogue));

    let metrics = Exposition::install(context.resources())?;
    tokio::spawn(metrics.clone().keep_up());
    let admin = AdminServer::bind(arguments.admin_address, metrics).await?;
    let ready = admin.readiness();
    // Probes are answered to the very end.
    let served = CancellationToken::new();
    let serving = tokio::spawn(admin.serve(served.clone()));

    tokio::select! {
        found = await_definition(&client) => found?,
        () = stop.cancelled() => {}
    }
    // A replica that stands by is ready to take over.
    ready.set();
    let namespace = client.default_namespace();
    let election = Election::new(&client, namespace, &arguments.lease, identity(), Terms::default(), fence);
    election.lead(&stop, || control(&fenced, context, &arguments.namespaces, &stop)).await?;
    served.cancel();
    serving.await.context("admin server")?
}

/// The resource's definition may be installed after the operator.
async fn await_definition(client: &Client) -> anyhow::Result<()> {
    let definitions = Api::<CustomResourceDefinition>::all(client.clone());
    let established = await_condition(definitions, Phasma::crd_name(), conditions::is_crd_established());
    established.await.context("waiting for the definition of the Phasma resource")?;
    Ok(())
}

/// Unique: a container that starts anew in the same pod is another candidate.
fn identity() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "phasma-operator".to_owned());
    format!("{host}_{:016x}", rand::random::<u64>())
}

/// Looks after the resources of the namespaces, of all if none is named, until `stop` and the end of what is under way.
async fn control(client: &Client, context: Arc<Context>, namespaces: &[String], stop: &CancellationToken) {
    tracing::info!("looking after Phasma resources");
    let run = |namespace| watch::run(client, namespace, context.clone(), stop.clone()).boxed();
    let controllers: Vec<_> = if namespaces.is_empty() {
        vec![run(None)]
    } else {
        namespaces.iter().map(|namespace| run(Some(namespace))).collect()
    };
    within_grace(select_all(controllers).for_each(|()| futures::future::ready(())), stop, GRACE).await;
}

async fn within_grace(work: impl Future<Output = ()>, stop: &CancellationToken, grace: Duration) {
    let too_late = async {
        stop.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        () = work => {}
        () = too_late => tracing::warn!("passes were cut off: they took longer than the grace period"),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn passes_under_way_get_a_bounded_time() {
        let stop = CancellationToken::new();
        within_grace(ready(()), &stop, Duration::ZERO).await;
        stop.cancel();
        within_grace(ready(()), &stop, Duration::from_secs(3600)).await;
        within_grace(pending(), &stop, Duration::from_millis(1)).await;
    }
}
