//! Definitions of kinds of other products, as far as the operator uses them: HTTPRoute, PodMonitor, PrometheusRule.

use futures::future::join_all;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams, ListParams, PartialObjectMeta, Patch, PatchParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Client, ResourceExt};
use serde_json::json;

use crate::support::eventually;

const DEFINITIONS: [&str; 3] = [
    include_str!("fixtures/httproute.yaml"),
    include_str!("fixtures/podmonitor.yaml"),
    include_str!("fixtures/prometheusrule.yaml"),
];

/// Label of the definitions that are established.
const OF_TESTS: &str = "phasma.dev/of-tests";

fn definitions() -> impl Iterator<Item = CustomResourceDefinition> {
    DEFINITIONS.iter().map(|yaml| serde_yaml_ng::from_str(yaml).expect("a definition"))
}

/// Once for all tests of a run.
pub(crate) async fn install(client: &Client) {
    let api = Api::<CustomResourceDefinition>::all(client.clone());
    let metadata = Api::<PartialObjectMeta<CustomResourceDefinition>>::all(client.clone());
    let there = metadata.list(&ListParams::default().labels(OF_TESTS)).await.expect("a list");
    if there.items.len() == DEFINITIONS.len() {
        return;
    }
    let each = definitions().map(async |definition| {
        let name = definition.name_any();
        let params = PatchParams::apply("test").force();
        api.patch(&name, &params, &Patch::Apply(definition)).await.expect("installed");
        await_condition(api.clone(), &name, conditions::is_crd_established()).await.expect("established");
        // Only now: whoever sees it goes on.
        let noted = Patch::Merge(json!({"metadata": {"labels": {OF_TESTS: ""}}}));
        metadata.patch(&name, &PatchParams::default(), &noted).await.expect("noted");
    });
    join_all(each).await;
}

/// For the whole API server: the test that does this runs alone, and installs them again.
pub(crate) async fn uninstall(client: &Client) {
    let api = Api::<CustomResourceDefinition>::all(client.clone());
    for definition in definitions() {
        let name = definition.name_any();
        let _ = api.delete(&name, &DeleteParams::default()).await;
        eventually("the definition is gone", async || api.get_opt(&name).await.expect("an answer").is_none())
            .await;
    }
}
