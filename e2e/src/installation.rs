//! The installation under test: the resource, its workloads, its status.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use k8s_openapi::api::{
    apps::v1::{Deployment, StatefulSet},
    core::v1::{PersistentVolumeClaim, Pod, Secret},
};
use kube::{
    Api, Client,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use phasma_crds::{Phasma, labels};
use serde_json::{Value, json};

use crate::wait::until;

/// Longest time from applying the resource to Ready, on two slow cores.
pub const READY_LIMIT: Duration = Duration::from_secs(300);

/// One `Phasma` resource on the cluster of KUBECONFIG.
pub struct Installation {
    pub client: Client,
    pub namespace: String,
    pub name: String,
}

impl Installation {
    /// The one that `make test-cluster` made; PHASMA_E2E_NAMESPACE and PHASMA_E2E_NAME name another.
    pub async fn from_env() -> Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::try_default().await.context("no cluster: run through make test-cluster")?;
        let or = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        Ok(Self {
            client,
            namespace: or("PHASMA_E2E_NAMESPACE", "phasma"),
            name: or("PHASMA_E2E_NAME", "phasma"),
        })
    }

    pub fn resources(&self) -> Api<Phasma> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn deployments(&self) -> Api<Deployment> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn stateful_sets(&self) -> Api<StatefulSet> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn volume_claims(&self) -> Api<PersistentVolumeClaim> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Selects everything of this installation.
    pub fn selector(&self) -> ListParams {
        ListParams::default().labels(&labels::selector(&self.name))
    }

    /// Name of an object of a component, such as `phasma-api`.
    pub fn component(&self, component: &str) -> String {
        format!("{}-{component}", self.name)
    }

    /// The resource as it is, without what the server adds, ready to be applied again.
    pub async fn manifest(&self) -> Result<Phasma> {
        let mut resource = self.resources().get(&self.name).await?;
        resource.metadata = kube::api::ObjectMeta {
            name: Some(self.name.clone()),
            namespace: Some(self.namespace.clone()),
            ..Default::default()
        };
        resource.status = None;
        Ok(resource)
    }

    pub async fn apply(&self, resource: &Phasma) -> Result<()> {
        let by = PatchParams::apply("phasma-e2e").force();
        self.resources().patch(&self.name, &by, &Patch::Apply(resource)).await?;
        Ok(())
    }

    /// Merges a change into the spec.
    pub async fn change(&self, spec: &Value) -> Result<()> {
        let patch = Patch::Merge(json!({"spec": spec}));
        self.resources().patch(&self.name, &PatchParams::default(), &patch).await?;
        Ok(())
    }

    /// Status and message of a condition that is about the present spec.
    pub async fn condition(&self, type_: &str) -> Result<(String, String)> {
        let resource = self.resources().get(&self.name).await?;
        let status = resource.status.context("no status")?;
        ensure!(status.observed_generation == resource.metadata.generation, "status is about an older spec");
        let found = status.conditions.into_iter().find(|found| found.type_ == type_);
        found.map(|found| (found.status, found.message)).with_context(|| format!("no condition {type_}"))
    }

    /// The image that a component runs.
    pub async fn image(&self, component: &str) -> Result<String> {
        let status = self.resources().get(&self.name).await?.status.context("no status")?;
        let found = status.components.into_iter().find(|found| found.name == component);
        Ok(found.with_context(|| format!("no component {component}"))?.image)
    }

    pub async fn delete(&self) -> Result<()> {
        self.resources().delete(&self.name, &DeleteParams::foreground()).await?;
        Ok(())
    }

    /// Waits until the resource is Ready for its present generation.
    pub async fn wait_ready(&self) {
        until("the platform Ready", READY_LIMIT, || async {
            let resource = self.resources().get(&self.name).await?;
            ready(&resource).map_err(|message| anyhow!(message))
        })
        .await;
    }
}

/// Whether the status says Ready about the present spec, or else what it says.
fn ready(resource: &Phasma) -> Result<(), String> {
    let status = resource.status.as_ref().ok_or("no status yet")?;
    if status.observed_generation != resource.metadata.generation {
        return Err("status is about an older spec".to_owned());
    }
    let condition = status.conditions.iter().find(|c| c.type_ == "Ready").ok_or("no Ready condition")?;
    if condition.status == "True" { Ok(()) } else { Err(condition.message.clone()) }
}
