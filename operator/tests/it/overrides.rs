//! What a resource says about pods, on a real API server: applied once, and never over the platform's own.

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use kube::api::{Patch, PatchParams, ValidationDirective};
use phasma_crds::Phasma;
use serde_json::{Value, json};

use crate::support::{NAME, World};

fn overrides() -> Value {
    json!({
        "nodeSelector": {"disk": "fast"},
        "tolerations": [
            {"key": "dedicated", "value": "photos", "effect": "NoSchedule"},
            {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30},
        ],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "arch", "operator": "In", "values": ["amd64"]}], "matchFields": []},
                ]},
                "preferredDuringSchedulingIgnoredDuringExecution": [],
            },
        },
        "topologySpreadConstraints": [
            {"topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule"},
        ],
        "priorityClassName": "important",
        "annotations": {"team": "photos", "phasma.dev/secrets-hash": "mine"},
        "labels": {"cost-centre": "42", "app.kubernetes.io/component": "mine"},
    })
}

fn template<T: serde::Serialize>(object: &T) -> Value {
    serde_json::to_value(object).expect("JSON")["spec"]["template"].clone()
}

#[tokio::test]
async fn pods_carry_what_the_resource_says_and_converge() {
    let world = World::new().await;
    let with = json!({"podOverrides": overrides()});
    let spec = json!({
        "api": with, "frontend": with, "workers": {"relay": with, "consumers": with},
        "pipelines": {"connect": with}, "database": {"managed": with}, "cache": {"managed": with},
        "objectStorage": {"managed": with}, "search": {"managed": with}, "broker": {"managed": with},
    });
    world.create(&spec).await.expect("created");
    // Ends when a pass writes nothing: every field comes back as it was sent.
    world.settle().await;
    for component in ["api", "frontend", "relay", "consumers", "connect"] {
        carries(component, &template(&world.deployment(component).await));
    }
    for component in ["postgres", "dragonfly", "seaweedfs", "meilisearch", "redpanda"] {
        carries(component, &template(&world.get::<StatefulSet>(&format!("p-{component}")).await));
    }
}

fn carries(component: &str, template: &Value) {
    let pod = &template["spec"];
    assert_eq!(pod["nodeSelector"], json!({"disk": "fast"}), "{component}");
    assert_eq!(pod["tolerations"].as_array().map(Vec::len), Some(2), "{component}");
    assert_eq!(pod["priorityClassName"], "important", "{component}");
    let spread = &pod["topologySpreadConstraints"];
    assert_eq!(spread.as_array().map(Vec::len), Some(1), "{component}: instead of the built one");
    assert_eq!(spread[0]["labelSelector"]["matchLabels"]["app.kubernetes.io/component"], component);
    let metadata = &template["metadata"];
    assert_eq!(
        (&metadata["labels"]["cost-centre"], &metadata["annotations"]["team"]),
        (&json!("42"), &json!("photos"))
    );
    assert_eq!(metadata["labels"]["app.kubernetes.io/component"], component, "the operator's own stay");
    assert_ne!(metadata["annotations"]["phasma.dev/secrets-hash"], "mine", "{component}");
    assert_eq!(pod["securityContext"]["runAsNonRoot"], json!(true), "{component}");
}

#[tokio::test]
async fn what_is_taken_back_goes_from_the_pods() {
    let world = World::new().await;
    world.create(&json!({"api": {"podOverrides": overrides()}})).await.expect("created");
    world.settle().await;
    world.change(&json!({"api": {"podOverrides": null}})).await.expect("changed");
    world.settle().await;
    let template = template(&world.get::<Deployment>("p-api").await);
    assert_eq!(template["spec"]["nodeSelector"], Value::Null);
    assert_eq!(template["spec"]["affinity"], Value::Null);
    assert_eq!(template["metadata"]["labels"]["cost-centre"], Value::Null);
    assert_eq!(template["spec"]["topologySpreadConstraints"][0]["topologyKey"], "kubernetes.io/hostname");
}

#[tokio::test]
async fn nothing_else_about_pods_can_be_said() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    for field in ["securityContext", "hostNetwork", "containers", "volumes", "serviceAccountName"] {
        let patch = Patch::Merge(json!({"spec": {"api": {"podOverrides": {field: {}}}}}));
        let params =
            PatchParams { field_validation: Some(ValidationDirective::Strict), ..Default::default() };
        let error =
            world.api::<Phasma>().patch(NAME, &params, &patch).await.expect_err("refused").to_string();
        assert!(error.contains(&format!("spec.api.podOverrides.{field}")), "{error}");
    }
}
