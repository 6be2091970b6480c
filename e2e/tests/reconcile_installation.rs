//! What the operator does for an installation that runs. Each test leaves it Ready.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kube::api::DeleteParams;
use phasma_e2e::{
    installation::{Installation, READY_LIMIT},
    person::{Person, photograph, unique},
    wait::until,
};

/// The operator sees a change within this.
const SOON: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_deleted_deployment_comes_back() -> Result<()> {
    let installation = Installation::from_env().await?;
    installation.wait_ready().await;
    let (deployments, name) = (installation.deployments(), installation.component("api"));
    let before = deployments.get(&name).await?.metadata.uid;

    deployments.delete(&name, &DeleteParams::background()).await?;
    until("the API's Deployment made anew", SOON, || async {
        let after = deployments.get(&name).await?.metadata.uid;
        ensure!(after != before, "still the old one");
        Ok(())
    })
    .await;
    installation.wait_ready().await;
    Ok(())
}

/// Every version of every object, as the API server counts them: a write of any kind changes one.
async fn versions(installation: &Installation) -> Result<Vec<(String, Option<String>)>> {
    let owned = installation.selector();
    let mut versions = Vec::new();
    let mut note = |kind: &str, meta: kube::api::ObjectMeta| {
        versions.push((format!("{kind}/{}", meta.name.unwrap_or_default()), meta.resource_version));
    };
    note("Phasma", installation.resources().get(&installation.name).await?.metadata);
    for object in installation.deployments().list(&owned).await? {
        note("Deployment", object.metadata);
    }
    for object in installation.stateful_sets().list(&owned).await? {
        note("StatefulSet", object.metadata);
    }
    for object in installation.secrets().list(&owned).await? {
        note("Secret", object.metadata);
    }
    for object in installation.volume_claims().list(&owned).await? {
        note("PersistentVolumeClaim", object.metadata);
    }
    Ok(versions)
}

#[tokio::test]
async fn a_converged_installation_is_left_alone() -> Result<()> {
    let installation = Installation::from_env().await?;
    installation.wait_ready().await;
    let before = versions(&installation).await?;

    // An annotation that means nothing makes the operator look again.
    let (resources, mark) = (installation.resources(), unique("look"));
    let touch = serde_json::json!({ "metadata": { "annotations": { "example.org/look": mark } } });
    resources.patch(&installation.name, &Default::default(), &kube::api::Patch::Merge(&touch)).await?;
    // A second object changes after it: once the operator put that back, it has seen the first as well.
    let (deployments, name) = (installation.deployments(), installation.component("frontend"));
    let uid = deployments.get(&name).await?.metadata.uid;
    deployments.delete(&name, &DeleteParams::background()).await?;
    until("a pass after the change", SOON, || async {
        ensure!(deployments.get(&name).await?.metadata.uid != uid, "not yet");
        Ok(())
    })
    .await;
    installation.wait_ready().await;

    let after = versions(&installation).await?;
    let same = |versions: &[(String, Option<String>)]| -> Vec<(String, Option<String>)> {
        let touched = ["Phasma/", &format!("Deployment/{name}")];
        versions.iter().filter(|(id, _)| !touched.iter().any(|t| id.starts_with(t))).cloned().collect()
    };
    ensure!(same(&before) == same(&after), "changed: {before:?} to {after:?}");
    Ok(())
}

#[tokio::test]
async fn a_deleted_resource_keeps_its_data_and_takes_it_up_again() -> Result<()> {
    let installation = Installation::from_env().await?;
    installation.wait_ready().await;
    let word = unique("keepsake");
    let author = Person::sign_up("cleo").await?;
    let post = author.publish(photograph()?, &format!("A {word}")).await?;
    let claims = names(&installation).await?;
    ensure!(!claims.is_empty(), "no volumes to keep");

    let manifest = installation.manifest().await?;
    installation.delete().await?;
    until("the workloads gone", READY_LIMIT, || async {
        let pods = installation.pods().list(&installation.selector()).await?.items;
        ensure!(pods.is_empty(), "{} pods left", pods.len());
        ensure!(
            installation.deployments().list(&installation.selector()).await?.items.is_empty(),
            "deployments left"
        );
        ensure!(
            installation.stateful_sets().list(&installation.selector()).await?.items.is_empty(),
            "stateful sets left"
        );
        Ok(())
    })
    .await;
    ensure!(names(&installation).await? == claims, "volumes are gone");
    ensure!(
        !installation.secrets().list(&installation.selector()).await?.items.is_empty(),
        "credentials are gone"
    );

    installation.apply(&manifest).await?;
    installation.wait_ready().await;
    let author = until("logging in again", SOON, || Person::log_in(&author.username)).await;
    author.sees(&post, &word).await.context("the post of before")
}

async fn names(installation: &Installation) -> Result<Vec<String>> {
    let claims = installation.volume_claims().list(&installation.selector()).await?;
    let mut names: Vec<String> = claims.items.into_iter().filter_map(|claim| claim.metadata.name).collect();
    names.sort();
    Ok(names)
}

#[tokio::test]
async fn an_invalid_resource_is_refused_by_name_of_the_field() -> Result<()> {
    let installation = Installation::from_env().await?;
    let mut wrong = installation.manifest().await?;
    wrong.spec.exposure.url = "not an address".to_owned();
    let refusal = installation.apply(&wrong).await.err().context("a bad address was accepted")?;
    ensure!(format!("{refusal:#}").contains("spec.exposure.url"), "{refusal:#}");
    Ok(())
}
