//! Upgrades and rollbacks while people use the platform: nobody notices, and nothing is lost.

mod causes;
mod memory;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams},
    runtime::wait::{Condition, conditions},
};
use phasma_crds::labels;
use phasma_e2e::{installation::Installation, load::Crowd, person::unique, wait::until};
use serde_json::json;

use self::{
    causes::{CAUSES, Cause},
    memory::Memory,
};

/// Every program restarts in turn, on two slow cores.
const UPGRADE_LIMIT: Duration = Duration::from_secs(600);
/// What goes through the operator, or through WAL, broker and consumers.
const SOON: Duration = Duration::from_secs(60);
/// The release that runs, and the one after it, built from e2e/releases.
const VERSION: &str = "0.1.0";
const NEXT: &str = "0.2.0";
/// So often that programs that start meanwhile crash.
const TIMES_DOWN: usize = 8;

async fn goes_to(installation: &Installation, version: &str) -> Result<()> {
    let start = Instant::now();
    installation.change(&json!({"version": version})).await?;
    until(&format!("version {version}"), UPGRADE_LIMIT, || async {
        let (ready, message) = installation.condition("Ready").await?;
        let status = installation.resources().get(&installation.name).await?.status.context("no status")?;
        ensure!(ready == "True" && status.version.current.as_deref() == Some(version), "{message}");
        Ok(())
    })
    .await;
    ensure!(start.elapsed() > Duration::from_secs(1), "nothing was rolled out");
    Ok(())
}

/// Until the operator would return to what runs now.
async fn is_good(installation: &Installation) {
    let revisions: Api<k8s_openapi::api::apps::v1::ControllerRevision> =
        Api::namespaced(installation.client.clone(), &installation.namespace);
    until("a good revision", SOON * 2, || async {
        let ours = ListParams::default().labels(labels::LAST_GOOD);
        let found = revisions.list(&ours).await?.items;
        let good = found.iter().all(|revision| revision.labels()[labels::LAST_GOOD] == "true");
        ensure!(found.len() == 1 && good, "{} revisions", found.len());
        Ok::<_, anyhow::Error>(())
    })
    .await;
}

#[tokio::test]
async fn nobody_notices_an_upgrade_or_the_way_back() -> Result<()> {
    let installation = Installation::from_env().await?;
    let crowd = Crowd::gathered().await?;
    let before = Memory::made().await?;
    is_good(&installation).await;
    let load = crowd.use_the_site();
    goes_to(&installation, NEXT).await?;
    before.is_kept().await;
    let between = Memory::made().await?;
    is_good(&installation).await;
    goes_to(&installation, VERSION).await?;
    say(&format!("{} requests", load.ended().await?));
    for memory in [&before, &between, &Memory::made().await?] {
        memory.is_kept().await;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the runner shows a test's output beside its result")]
fn say(what: &str) {
    println!("{what}");
}

#[tokio::test]
async fn a_migration_that_fails_and_a_bad_change_are_given_up_and_nobody_notices() -> Result<()> {
    give_up(&CAUSES[..2]).await
}

#[tokio::test]
#[ignore = "it takes minutes: make chaos"]
async fn whatever_does_not_work_is_given_up_and_nobody_notices() -> Result<()> {
    give_up(&CAUSES[2..]).await
}

async fn give_up(causes: &[Cause]) -> Result<()> {
    let installation = Installation::from_env().await?;
    let crowd = Crowd::gathered().await?;
    let memory = Memory::made().await?;
    for cause in causes {
        is_good(&installation).await;
        let load = crowd.use_the_site();
        is_given_up(&installation, cause).await?;
        say(&format!("{}: {} requests", cause.name, load.ended().await?));
        installation.change(&(cause.undo)()).await?;
        installation.wait_ready().await;
        ensure!(installation.condition("RolledBack").await?.0 == "False", "{}", cause.name);
        memory.is_kept().await;
    }
    Ok(())
}

async fn is_given_up(installation: &Installation, cause: &Cause) -> Result<()> {
    installation.change(&(cause.change)()).await?;
    until(&format!("{}: given up and healthy again", cause.name), UPGRADE_LIMIT, || async {
        let (rolled_back, message) = installation.condition("RolledBack").await?;
        let (stalled, _) = installation.condition("Stalled").await?;
        let why = installation.condition("Ready").await?.1;
        ensure!(rolled_back == "True" && stalled == "True", "{why}");
        ensure!(message.contains(cause.says), "{message}");
        Ok(())
    })
    .await;
    ensure!(installation.condition("Available").await?.0 == "True", "not available");
    Ok(())
}

/// A rollout goes on where it was when the database is back: what failed meanwhile was not its fault.
#[tokio::test]
#[ignore = "it takes minutes: make chaos"]
async fn a_database_that_is_down_is_waited_for() -> Result<()> {
    let installation = Installation::from_env().await?;
    installation.wait_ready().await;
    is_good(&installation).await;
    installation.change(&json!({"version": NEXT})).await?;
    let postgres = installation.component("postgres-0");
    for _ in 0..TIMES_DOWN {
        take_away(&installation, &postgres).await?;
    }
    goes_to(&installation, NEXT).await?;
    ensure!(installation.condition("RolledBack").await.map_or(true, |(status, _)| status != "True"));
    is_good(&installation).await;
    goes_to(&installation, VERSION).await
}

/// Kills a pod, and waits for the next of its name. Not by a grace of zero: that lets the next one start beside it, on the
/// same volume.
async fn take_away(installation: &Installation, name: &str) -> Result<()> {
    let pods = installation.pods();
    let uid = pods.get(name).await?.uid();
    pods.delete(name, &DeleteParams::default().grace_period(1)).await?;
    until("another pod", SOON, || async {
        let pod = pods.get(name).await?;
        let runs = conditions::is_pod_running().matches_object(Some(&pod));
        ensure!(pod.uid() != uid && runs, "not yet");
        Ok::<_, anyhow::Error>(())
    })
    .await;
    Ok(())
}

fn restarts(pod: &Pod) -> i32 {
    let statuses = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
    statuses.into_iter().flatten().map(|container| container.restart_count).sum()
}

/// Another operator process, as an upgrade of the chart brings it, finds nothing to restart.
#[tokio::test]
async fn an_operator_upgrade_restarts_nothing() -> Result<()> {
    let installation = Installation::from_env().await?;
    installation.wait_ready().await;
    is_good(&installation).await;
    let before = identities(&installation).await?;
    let operators: Api<Deployment> = Api::namespaced(installation.client.clone(), "phasma-system");
    let stamp = json!({"phasma.dev/e2e": unique("restart-")});
    let patch = Patch::Merge(json!({"spec": {"template": {"metadata": {"annotations": stamp}}}}));
    operators.patch("phasma-operator", &PatchParams::default(), &patch).await?;
    until("the new operator alone", SOON, || async {
        let status = operators.get_status("phasma-operator").await?;
        ensure!(is_rolled_out(&status), "still rolling out");
        Ok::<_, anyhow::Error>(())
    })
    .await;
    // It is at work when it makes good what somebody takes away.
    let services: Api<k8s_openapi::api::core::v1::Service> =
        Api::namespaced(installation.client.clone(), &installation.namespace);
    let service = installation.component("meilisearch");
    services.delete(&service, &DeleteParams::default()).await?;
    until("the new operator at work", SOON, || services.get(&service)).await;
    installation.wait_ready().await;
    ensure!(identities(&installation).await? == before, "pods were restarted");
    Ok(())
}

/// Whether only pods of the present template run. The condition of a Deployment alone may be that of the former one.
fn is_rolled_out(deployment: &Deployment) -> bool {
    let Some(status) = &deployment.status else { return false };
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas);
    status.observed_generation == deployment.metadata.generation
        && [status.replicas, status.updated_replicas, status.available_replicas] == [wanted; 3]
}

/// Uid and restarts of every pod.
async fn identities(installation: &Installation) -> Result<BTreeMap<String, (Option<String>, i32)>> {
    let pods = installation.pods().list(&ListParams::default()).await?.items;
    Ok(pods.iter().map(|pod| (pod.name_any(), (pod.uid(), restarts(pod)))).collect())
}
