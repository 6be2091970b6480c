//! Three brokers on a real API server, from the example that people start a production platform with.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Service};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use phasma_crds::Phasma;
use serde_json::json;

use crate::support::{NAME, World};

const PRODUCTION: &str = include_str!("../../../charts/phasma-operator/examples/production.yaml");

async fn production() -> World {
    let world = World::new().await;
    let mut phasma: Phasma = serde_yaml_ng::from_str(PRODUCTION).expect("a resource");
    phasma.metadata.name = Some(NAME.to_owned());
    world.api::<Phasma>().create(&PostParams::default(), &phasma).await.expect("accepted");
    world.settle().await;
    world
}

#[tokio::test]
async fn the_production_example_becomes_three_brokers() {
    let world = production().await;
    let set: StatefulSet = world.get("p-redpanda").await;
    let spec = set.spec.expect("a spec");
    assert_eq!(spec.replicas, Some(3));
    assert_eq!(spec.service_name.as_deref(), Some("p-redpanda-brokers"));
    let budget: PodDisruptionBudget = world.get("p-redpanda").await;
    let budget = serde_json::to_value(budget.spec).expect("JSON");
    assert_eq!(budget["maxUnavailable"], 1);
    let brokers: Service = world.get("p-redpanda-brokers").await;
    assert_eq!(brokers.spec.and_then(|spec| spec.cluster_ip).as_deref(), Some("None"));
    let status = world.phasma().await.status.expect("a status");
    let broker =
        status.components.iter().find(|component| component.name == "redpanda").expect("a component");
    assert_eq!((broker.ready, broker.desired), (3, 3));
    for _ in 0..2 {
        assert_eq!(world.pass().await.1, 0, "a converged pass writes nothing");
    }
}

/// What the StatefulSet controller would make of the template when a claim is gone.
fn from_template(set: &StatefulSet, name: &str) -> PersistentVolumeClaim {
    let templates =
        set.spec.as_ref().and_then(|spec| spec.volume_claim_templates.clone()).expect("templates");
    let mut claim = templates.into_iter().next().expect("a template");
    claim.metadata.name = Some(name.to_owned());
    claim.status = None;
    claim
}

#[tokio::test]
async fn a_claim_that_the_stateful_set_controller_made_first_is_the_platforms_own() {
    let world = World::new().await;
    world.create(&json!({"deletionPolicy": "Delete"})).await.expect("created");
    world.settle().await;
    let set: StatefulSet = world.get("p-redpanda").await;
    let claims = world.api::<PersistentVolumeClaim>();
    // Nobody uses it, so nothing but the API server's own precaution keeps it.
    let unprotected = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    claims.patch("data-p-redpanda-0", &PatchParams::default(), &unprotected).await.expect("unprotected");
    claims.delete("data-p-redpanda-0", &DeleteParams::default()).await.expect("deleted");
    claims.create(&PostParams::default(), &from_template(&set, "data-p-redpanda-0")).await.expect("made");
    world.pass().await.0.expect("a good pass");
    let claim: PersistentVolumeClaim = world.get("data-p-redpanda-0").await;
    assert_eq!(claim.owner_references().len(), 1);
}
