//! Rotation of every credential while people use the platform: nobody notices, and the old logins are shut out.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ObjectMeta, Patch, PatchParams, PostParams},
};
use phasma_e2e::{installation::Installation, load::Crowd, person::unique, wait::until};
use serde_json::json;

/// Three times everything restarts in turn, on two slow cores.
const ROTATION_LIMIT: Duration = Duration::from_secs(900);
/// The kubelet brings a changed Secret into a pod once a minute.
const SOON: Duration = Duration::from_secs(150);
async fn database_address(installation: &Installation) -> Result<String> {
    let secret = installation.secrets().get(&installation.component("api")).await?;
    let address = secret.data.and_then(|mut data| data.remove("PHASMA_DATABASE_URL"));
    Ok(String::from_utf8(address.context("no address of the database")?.0)?)
}

async fn ask_for_rotation(installation: &Installation, value: &str) -> Result<()> {
    let patch = json!({"metadata": {"annotations": {"phasma.dev/rotate": value}}});
    let resources = installation.resources();
    resources.patch(&installation.name, &PatchParams::default(), &Patch::Merge(&patch)).await?;
    Ok(())
}

async fn wait_rotated(installation: &Installation, value: &str) {
    until("the rotation", ROTATION_LIMIT, || async {
        let status = installation.resources().get(&installation.name).await?.status.unwrap_or_default();
        let doing = status.conditions.iter().find(|c| c.type_ == "Reconciling").map(|c| c.message.clone());
        ensure!(status.rotated.as_deref() == Some(value), "{doing:?}");
        Ok(())
    })
    .await;
}

/// The newest Job that provisions.
async fn provisioning(installation: &Installation) -> Result<Job> {
    let jobs: Api<Job> = Api::namespaced(installation.client.clone(), &installation.namespace);
    let jobs = jobs.list(&installation.selector()).await?.into_iter();
    let jobs = jobs.filter(|job| job.name_any().contains("-provision-"));
    jobs.max_by_key(ResourceExt::creation_timestamp).context("no Job")
}

/// Runs the workers' check of the database as the provisioning Job runs, with this address; returns what it said.
async fn check(installation: &Installation, address: &str) -> Result<String> {
    let template = provisioning(installation).await?.spec.context("no spec")?.template;
    let mut spec = template.spec.context("no pod")?;
    spec.restart_policy = Some("Never".to_owned());
    let container = spec.containers.first_mut().context("no container")?;
    container.args = Some(vec!["check".to_owned(), "database".to_owned()]);
    let variable = serde_json::from_value(json!({"name": "PHASMA_DATABASE_URL", "value": address}))?;
    container.env.get_or_insert_default().push(variable);
    let name = unique("old-login-");
    // Those of the platform open the network policies; those of the Job would make it one of the Job's.
    let mut labels = template.metadata.and_then(|metadata| metadata.labels).unwrap_or_default();
    labels.retain(|label, _| label.starts_with("app.kubernetes.io/"));
    let metadata = ObjectMeta { name: Some(name.clone()), labels: Some(labels), ..ObjectMeta::default() };
    let pods = installation.pods();
    pods.create(&PostParams::default(), &Pod { metadata, spec: Some(spec), status: None }).await?;
    let said = until("the check", SOON, || async {
        let status = pods.get(&name).await?.status.unwrap_or_default();
        let ended = status
            .container_statuses
            .unwrap_or_default()
            .into_iter()
            .find_map(|container| container.state.and_then(|state| state.terminated));
        let ended = ended.with_context(|| format!("still {:?}", status.phase))?;
        Ok::<_, anyhow::Error>((ended.exit_code, ended.message.unwrap_or_default()))
    })
    .await;
    pods.delete(&name, &DeleteParams::background()).await?;
    Ok(format!("{}: {}", said.0, said.1))
}

#[tokio::test]
#[ignore = "it takes minutes, and an upgrade restarts the same pods: make chaos"]
async fn nobody_notices_a_rotation_of_every_credential() -> Result<()> {
    let installation = &Installation::from_env().await?;
    let crowd = Crowd::gathered().await?;
    let before = database_address(installation).await?;
    ensure!(check(installation, &before).await?.starts_with("0:"), "the login doesn't work to begin with");

    let load = crowd.use_the_site();
    let value = unique("rotation-");
    ask_for_rotation(installation, &value).await?;
    wait_rotated(installation, &value).await;
    load.ended().await?;

    installation.wait_ready().await;
    let after = database_address(installation).await?;
    ensure!(after != before, "the API still uses the old login");
    let said = check(installation, &before).await?;
    let refusals = ["not permitted to log in", "password authentication failed"];
    let is_refused = refusals.iter().any(|refusal| said.contains(refusal));
    ensure!(!said.starts_with("0:") && is_refused, "the old login: {said}");
    ensure!(check(installation, &after).await?.starts_with("0:"), "the new login doesn't work");
    Ok(())
}

/// PostgreSQL shows a renewed certificate without a restart. Its pod keeps its name and its count of restarts.
#[tokio::test]
async fn a_renewed_certificate_restarts_no_database() -> Result<()> {
    let installation = Installation::from_env().await?;
    installation.wait_ready().await;
    let (secrets, name) = (installation.secrets(), installation.component("postgres-tls"));
    let pod = installation.component("postgres-0");
    let before = (installation.pods().get(&pod).await?.metadata.uid, secrets.get(&name).await?.data);
    let due = json!({"stringData": {"postgres.renew-after": "2020-01-01T00:00:00Z"}});
    let former = provisioning(&installation).await?;
    let pki = format!("{}-pki", installation.name);
    secrets.patch(&pki, &PatchParams::default(), &Patch::Merge(&due)).await?;
    until("a new certificate", SOON, || async {
        ensure!(secrets.get(&name).await?.data != before.1, "still the old one");
        Ok(())
    })
    .await;
    // Provisioning is complete only when the server shows it.
    until("a server that shows it", SOON, || async {
        let job = provisioning(&installation).await?;
        let complete = job.status.as_ref().and_then(|status| status.succeeded) == Some(1);
        ensure!(complete && job.name_any() != former.name_any(), "{}: {complete}", job.name_any());
        Ok(())
    })
    .await;
    installation.wait_ready().await;
    ensure!(installation.pods().get(&pod).await?.metadata.uid == before.0, "the database was restarted");
    Ok(())
}
