//! What the API server refuses, with messages that name the field, and what only the operator can know.

use serde_json::{Value, json};

use crate::support::{NAME, World, phasma};

async fn refusal(world: &World, spec: &Value) -> String {
    // Sent as it is: the types would not even hold some of it.
    let mut object = serde_json::to_value(phasma(&json!({}))).expect("JSON");
    for (field, value) in spec.as_object().expect("a map") {
        object["spec"][field] = value.clone();
    }
    let resource = kube::api::ApiResource::erase::<phasma_crds::Phasma>(&());
    let api: kube::Api<kube::api::DynamicObject> =
        kube::Api::namespaced_with(world.client.clone(), &world.namespace, &resource);
    let object = serde_json::from_value(object).expect("an object");
    match api.create(&kube::api::PostParams::default(), &object).await {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn refusals_name_the_field() {
    let world = World::new().await;
    let external = json!({"secretRef": {"name": "db"}});
    for (spec, field) in [
        (json!({"database": {"managed": {}, "external": external}}), "spec.database"),
        (json!({"search": {"managed": {}, "disabled": true}}), "spec.search"),
        (json!({"signups": "Perhaps"}), "spec.signups"),
        (json!({"api": {"replicas": 0}}), "spec.api.replicas"),
        (json!({"exposure": {"url": "localhost:8080"}}), "spec.exposure.url"),
        (json!({"exposure": {}}), "spec.exposure.url"),
        (json!({"exposure": {"url": "http://x", "service": {"nodePort": 30080}}}), "spec.exposure.service"),
        (
            json!({"database": {"managed": {"storage": {"size": "big"}}}}),
            "spec.database.managed.storage.size",
        ),
        (json!({"version": ""}), "spec.version"),
        (json!({"broker": {"managed": {"replicas": 2}}}), "spec.broker.managed"),
        (json!({"broker": {"managed": {"replicas": 4}}}), "spec.broker.managed.replicas"),
        (
            json!({"exposure": {"url": "http://x", "ingress": {}, "gateway": {"parentRefs": [{"name": "g"}]}}}),
            "ingress, gateway: choose one",
        ),
        (json!({"exposure": {"url": "http://192.0.2.7", "ingress": {}}}), "url: must name a host"),
        (
            json!({"exposure": {"url": "http://x", "gateway": {"parentRefs": []}}}),
            "spec.exposure.gateway.parentRefs",
        ),
        (
            json!({"exposure": {"url": "http://x", "trustedProxies": ["10.0.0.300/8"]}}),
            "trustedProxies: must be",
        ),
        (
            json!({"api": {"replicas": 1, "autoscaling": {"minReplicas": 1, "maxReplicas": 2}}}),
            "replicas, autoscaling: choose one",
        ),
        (
            json!({"frontend": {"autoscaling": {"minReplicas": 3, "maxReplicas": 2}}}),
            "minReplicas: must not be more",
        ),
        (
            json!({"workers": {"consumers": {"autoscaling": {"minReplicas": 1, "maxReplicas": 13}}}}),
            "autoscaling.maxReplicas: at most 12",
        ),
        (
            json!({"frontend": {"podOverrides": {"tolerations": [{"operator": "Sometimes"}]}}}),
            "spec.frontend.podOverrides.tolerations[0].operator",
        ),
        (
            json!({"workers": {"relay": {"podOverrides": {"affinity": {"nodeAffinity": 1}}}}}),
            "spec.workers.relay.podOverrides.affinity.nodeAffinity",
        ),
    ] {
        let refusal = refusal(&world, &spec).await;
        assert!(refusal.contains(field), "{spec}: {refusal}");
    }
}

#[tokio::test]
async fn names_are_bounded() {
    let world = World::new().await;
    let mut long = phasma(&json!({}));
    long.metadata.name = Some("p".repeat(41));
    let error = world.api().create(&kube::api::PostParams::default(), &long).await.expect_err("refused");
    assert!(error.to_string().contains("at most 40 characters"), "{error}");
}

#[tokio::test]
async fn changes_that_would_lose_data_are_refused() {
    let world = World::new().await;
    world
        .create(&json!({"broker": {"managed": {"storage": {"size": "10Gi", "storageClassName": "fast"}}}}))
        .await
        .expect("created");
    for (change, expected) in [
        (json!({"broker": {"managed": {"storage": {"size": "5Gi"}}}}), "only grow"),
        (json!({"broker": {"managed": {"storage": {"storageClassName": "slow"}}}}), "storageClassName"),
        (json!({"database": {"external": {"secretRef": {"name": "db"}}}}), "external"),
        (json!({"broker": {"managed": {"replicas": 3}}}), "replicas: the number of brokers"),
    ] {
        let error = world.change(&change).await.expect_err("refused").to_string();
        assert!(error.contains(expected), "{change}: {error}");
    }
}

#[tokio::test]
async fn an_unknown_version_stalls_and_says_which_are_known() {
    let world = World::new().await;
    world.create(&json!({"version": "9.9.9"})).await.expect("created");
    world.pass().await.0.expect_err("refused");
    let (stalled, message) = world.condition("Stalled").await;
    assert_eq!(stalled, "True");
    assert!(
        message.contains("spec.version") && message.contains("9.9.9") && message.contains("0.1.0"),
        "{message}"
    );
    world.change(&json!({"version": "0.1.0"})).await.expect("changed");
    world.settle().await;
    assert_eq!(world.condition("Stalled").await.0, "False");
}

#[tokio::test]
async fn only_the_known_fields_exist() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    let patch = kube::api::Patch::Merge(json!({"spec": {"backups": {}}}));
    let params = kube::api::PatchParams {
        field_validation: Some(kube::api::ValidationDirective::Strict),
        ..Default::default()
    };
    let error = world.api::<phasma_crds::Phasma>().patch(NAME, &params, &patch).await.expect_err("refused");
    assert!(error.to_string().contains("spec.backups"), "{error}");
}
