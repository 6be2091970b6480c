//! The definition without its rules, as on a cluster with an older or a trimmed one.

use anyhow::{Context, Result};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client, CustomResourceExt,
    api::{Patch, PatchParams},
};
use phasma_crds::Phasma;
use serde_json::{Value, json};

const RULES: &str = "x-kubernetes-validations";

/// The definition as it was.
pub(crate) struct Rules {
    spec: Value,
    /// Who installed it. As the same manager we leave nothing behind that its next upgrade would conflict with.
    manager: String,
}

impl Rules {
    pub(crate) async fn taken_away(client: &Client) -> Result<Self> {
        let found = definitions(client).get(Phasma::crd_name()).await?;
        let manager = installer(&found).context("no manager applied the definition")?;
        let rules = Self { spec: serde_json::to_value(found.spec)?, manager };
        let mut without = rules.spec.clone();
        remove(&mut without);
        rules.put(client, &without).await?;
        Ok(rules)
    }

    pub(crate) async fn put_back(&self, client: &Client) -> Result<()> {
        self.put(client, &self.spec).await
    }

    async fn put(&self, client: &Client, spec: &Value) -> Result<()> {
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": Phasma::crd_name()}, "spec": spec,
        });
        let params = PatchParams::apply(&self.manager).force();
        definitions(client).patch(Phasma::crd_name(), &params, &Patch::Apply(definition)).await?;
        Ok(())
    }
}

fn definitions(client: &Client) -> Api<CustomResourceDefinition> {
    Api::all(client.clone())
}

fn installer(definition: &CustomResourceDefinition) -> Option<String> {
    let entries = definition.metadata.managed_fields.iter().flatten();
    let mut applied = entries.filter(|entry| entry.operation.as_deref() == Some("Apply"));
    applied.find_map(|entry| entry.manager.clone())
}

fn remove(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove(RULES);
            fields.values_mut().for_each(remove);
        }
        Value::Array(items) => items.iter_mut().for_each(remove),
        _ => {}
    }
}
