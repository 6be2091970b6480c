//! A database that cannot be reached: the resource says so, in words, and waits.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Resource, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams},
};
use phasma_crds::{Phasma, labels};
use phasma_e2e::{installation::Installation, wait::until};
use serde_json::json;

/// A pod that checks starts, fails and is looked at within this.
const SOON: Duration = Duration::from_secs(90);

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_said_and_awaited() -> Result<()> {
    let model = Installation::from_env().await?;
    let namespace = namespace(&model, "phasma-unreachable").await?;
    let there = Installation { namespace, name: "waiting".to_owned(), client: model.client.clone() };
    let outcome = says_why_it_waits(&model, &there).await;
    let namespaces: Api<Namespace> = Api::all(model.client.clone());
    namespaces.delete(&there.namespace, &DeleteParams::background()).await?;
    until("the namespace gone", SOON, || async {
        ensure!(namespaces.get_opt(&there.namespace).await?.is_none(), "still there");
        Ok(())
    })
    .await;
    outcome
}

async fn says_why_it_waits(model: &Installation, there: &Installation) -> Result<()> {
    // Nothing listens on the API server's address at this port.
    let url = "postgres://owner:secret-word@kubernetes.default.svc:5432/phasma?sslmode=disable";
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "my-database"},
                        "stringData": {"url": url}});
    there.secrets().patch("my-database", &PatchParams::apply("phasma-e2e"), &Patch::Apply(secret)).await?;
    let mut resource = model.manifest().await?;
    *resource.meta_mut() = ObjectMeta { name: Some(there.name.clone()), ..ObjectMeta::default() };
    resource.spec.exposure.service = Default::default();
    resource.spec.database =
        serde_json::from_value(json!({"external": {"secretRef": {"name": "my-database"}}}))?;
    there.apply(&resource).await?;

    let ready = until("why it waits", SOON, || async {
        let seen = there.resources().get(&there.name).await?;
        let message = message(&seen, "Ready").context("no Ready condition")?;
        ensure!(message.contains("kubernetes.default.svc:5432"), "{message}");
        Ok(message)
    })
    .await;
    ensure!(!ready.contains("secret-word"), "the password is in the message: {ready}");
    let seen = there.resources().get(&there.name).await?;
    ensure!(message(&seen, "DatabaseReady").as_deref() == Some(&ready), "another reason: {ready}");
    let pods = there.pods().list(&ListParams::default().labels(&labels::selector(&there.name))).await?;
    let early: Vec<_> = pods.iter().map(ResourceExt::name_any).filter(|name| name.contains("-api")).collect();
    ensure!(early.is_empty(), "started without a database: {early:?}");
    Ok(())
}

fn message(resource: &Phasma, condition: &str) -> Option<String> {
    let conditions = &resource.status.as_ref()?.conditions;
    conditions.iter().find(|c| c.type_ == condition).map(|c| c.message.clone())
}

async fn namespace(model: &Installation, name: &str) -> Result<String> {
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name,
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}});
    let namespaces: Api<Namespace> = Api::all(model.client.clone());
    namespaces.patch(name, &PatchParams::apply("phasma-e2e"), &Patch::Apply(object)).await?;
    Ok(name.to_owned())
}
