//! The definition without its rules, as on a cluster with an older or a trimmed one.

use anyhow::Result;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client, CustomResourceExt,
    api::{Patch, PatchParams},
};
use phasma_crds::Phasma;
use serde_json::{Value, json};

const RULES: &str = "x-kubernetes-validations";

/// The definition as it was.
pub(crate) struct Rules(Value);

impl Rules {
    pub(crate) async fn taken_away(client: &Client) -> Result<Self> {
        let found = serde_json::to_value(definitions(client).get(Phasma::crd_name()).await?)?;
        let versions = found["spec"]["versions"].clone();
        let mut without = versions.clone();
        remove(&mut without);
        put(client, &without).await?;
        Ok(Self(versions))
    }

    pub(crate) async fn put_back(&self, client: &Client) -> Result<()> {
        put(client, &self.0).await
    }
}

fn definitions(client: &Client) -> Api<CustomResourceDefinition> {
    Api::all(client.clone())
}

async fn put(client: &Client, versions: &Value) -> Result<()> {
    let patch = Patch::Merge(json!({"spec": {"versions": versions}}));
    definitions(client).patch(Phasma::crd_name(), &PatchParams::default(), &patch).await?;
    Ok(())
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
