//! Objects beside the platform: a namespace for it, and whatever it meets there.

use std::{fmt::Debug, time::Duration};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::{
    core::v1::{Namespace, Pod},
    storage::v1::StorageClass,
};
use kube::{
    Api, Client, Resource,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use phasma_e2e::{installation::Installation, person::unique, wait::until};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(180);

/// Runs `story` with an installation in a namespace of its own, and takes both away whatever comes of it. Nobody waits
/// until they are gone.
pub(crate) async fn in_namespace(
    model: &Installation,
    name: &str,
    story: impl AsyncFnOnce(&Installation) -> Result<()>,
) -> Result<()> {
    let namespace = unique(&format!("phasma-{name}-"));
    let there = Installation { client: model.client.clone(), namespace, name: name.to_owned() };
    let namespaces: Api<Namespace> = Api::all(model.client.clone());
    apply(&namespaces, &there.namespace, json!({})).await?;
    let outcome = story(&there).await;
    namespaces.delete(&there.namespace, &DeleteParams::background()).await?;
    outcome
}

pub(crate) async fn apply<K>(api: &Api<K>, name: &str, mut content: Value) -> Result<()>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Serialize + Debug,
{
    content["apiVersion"] = json!(K::api_version(&()));
    content["kind"] = json!(K::kind(&()));
    content["metadata"]["name"] = json!(name);
    api.patch(name, &PatchParams::apply("phasma-e2e").force(), &Patch::Apply(content)).await?;
    Ok(())
}

/// Makes the pod, in place of one of this name.
pub(crate) async fn replace_pod(there: &Installation, name: &str, content: Value) -> Result<()> {
    let pods = there.pods();
    if pods.get_opt(name).await?.is_some() {
        pods.delete(name, &DeleteParams::default().grace_period(0)).await?;
        until("the former pod gone", SOON, || async {
            ensure!(pods.get_opt(name).await?.is_none(), "still there");
            Ok(())
        })
        .await;
    }
    apply(&pods, name, content).await
}

/// Waits until the pod runs, or has done what it was made for, and returns it.
pub(crate) async fn started(there: &Installation, name: &str) -> Pod {
    until(name, SOON, || async {
        let pod = there.pods().get(name).await?;
        let phase = pod.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default();
        ensure!(phase == "Running" || phase == "Succeeded", "{phase}");
        Ok(pod)
    })
    .await
}

/// The content of a storage class that works as the default one does.
pub(crate) async fn like_default_class(client: &Client) -> Result<Value> {
    let classes = Api::<StorageClass>::all(client.clone()).list(&ListParams::default()).await?;
    let is_default = |class: &StorageClass| {
        let mark = "storageclass.kubernetes.io/is-default-class";
        class.metadata.annotations.as_ref().is_some_and(|all| all.get(mark).is_some_and(|is| is == "true"))
    };
    let class = classes.into_iter().find(is_default).context("no default storage class")?;
    Ok(json!({"provisioner": class.provisioner, "volumeBindingMode": "WaitForFirstConsumer"}))
}
