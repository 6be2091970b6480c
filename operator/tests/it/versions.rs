//! Going from one version of the platform to another, as far as its releases allow.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Service;
use kube::api::{DeleteParams, Patch, PatchParams};
use phasma_crds::Phasma;
use phasma_operator::catalogue::Catalogue;
use phasma_operator::controller::build::object::Kind;
use phasma_operator::controller::preview;
use serde_json::{Value, json};

use crate::inventory::live;
use crate::support::{NAME, World};

/// After the built-in release one that expands its schema and one that contracts what the first still needs.
fn releases(name: &str) -> Catalogue {
    let built_in = include_str!("../../src/catalogue/releases.yaml");
    let (_, first) = built_in.split_once("- version").expect("a release");
    let release = |version: &str, schema: &str| {
        let (before, after) = first.split_once("schema:").expect("a schema");
        let (_, events) = after.split_once('\n').expect("events");
        format!("- version{before}schema: {schema}\n{events}").replace("0.1.0", version)
    };
    let text = release("0.2.0", "{newest: '30000101000000', oldest: '20261124090000'}")
        + &release("0.3.0", "{newest: '30000102000000', oldest: '30000101000000'}");
    let file = std::env::temp_dir().join(format!("phasma-{name}-{}.yaml", std::process::id()));
    std::fs::write(&file, text).expect("written");
    let catalogue = Catalogue::with_file(Some(&file)).expect("good releases");
    std::fs::remove_file(&file).expect("removed");
    catalogue
}

async fn image(world: &World) -> String {
    let api = world.deployment("api").await.spec.and_then(|spec| spec.template.spec).expect("a pod");
    api.containers[0].image.clone().expect("an image")
}

async fn current(world: &World) -> Option<String> {
    world.phasma().await.status.and_then(|status| status.version.current)
}

#[tokio::test]
async fn a_platform_goes_forward_and_back_by_one_release() {
    let world = World::with(releases("steps")).await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    for version in ["0.2.0", "0.3.0", "0.2.0", "0.1.0"] {
        world.change(&json!({"version": version})).await.expect("changed");
        world.settle().await;
        assert!(image(&world).await.ends_with(&format!("/api:{version}")), "{version}");
        assert_eq!(current(&world).await.as_deref(), Some(version));
    }
}

#[tokio::test]
async fn a_step_that_is_too_wide_is_refused_and_nothing_is_touched() {
    let world = World::with(releases("wide")).await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    let before = image(&world).await;
    world.change(&json!({"version": "0.3.0"})).await.expect("changed");
    let plan = preview::plan(&world.client, world.phasma().await, &releases("wide-plan")).await;
    let refused = format!("{:#}", plan.expect_err("no plan"));
    assert!(refused.contains("0.1.0 doesn't run on the schema of 0.3.0"), "{refused}");
    world.pass().await.0.expect("what runs is cared for");
    let (stalled, message) = world.condition("Stalled").await;
    assert_eq!(stalled, "True");
    let expected = "can't go from 0.1.0 to 0.3.0: 0.1.0 doesn't run on the schema of 0.3.0";
    assert!(message.contains(expected), "{message}");
    assert_eq!((image(&world).await, current(&world).await.as_deref()), (before, Some("0.1.0")));
    assert_eq!(world.condition("Ready").await.0, "False");
    world.api::<Service>().delete("p-api", &DeleteParams::default()).await.expect("deleted");
    world.pass().await.0.expect("what runs is cared for");
    assert!(world.exists::<Service>("p-api").await);
    assert_eq!(world.pass().await.1, 0);
    world.change(&json!({"version": "0.1.0"})).await.expect("changed");
    world.settle().await;
    assert_eq!(world.condition("Stalled").await.0, "False");
}

#[tokio::test]
async fn an_unknown_version_is_refused_with_those_that_are_known() {
    let world = World::with(releases("unknown")).await;
    world.create(&json!({"version": "9.9.9"})).await.expect("created");
    world.pass().await.0.expect_err("refused");
    let (stalled, message) = world.condition("Stalled").await;
    assert_eq!(stalled, "True");
    assert!(message.contains("9.9.9 is unknown; this operator knows 0.1.0, 0.2.0, 0.3.0"), "{message}");
}

/// The pod templates of all workloads, by component.
async fn templates(world: &World) -> BTreeMap<String, Value> {
    let mut templates = BTreeMap::new();
    for (kind, object) in live(world).await {
        if matches!(kind, Kind::Deployment | Kind::StatefulSet) {
            let component = &object["metadata"]["labels"]["app.kubernetes.io/component"];
            templates
                .insert(component.as_str().expect("a label").to_owned(), object["spec"]["template"].clone());
        }
    }
    templates
}

#[tokio::test]
async fn a_plan_names_exactly_the_pods_that_then_restart() {
    let world = World::with(releases("plan")).await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    for change in [
        json!({"version": "0.2.0"}),
        json!({"api": {"config": {"log": "debug"}}}),
        json!({"frontend": {"replicas": 2}}),
        json!({"search": {"disabled": true}}),
        json!({}),
    ] {
        let before = templates(&world).await;
        let mut wanted = world.phasma().await;
        let mut spec = serde_json::to_value(&wanted.spec).expect("JSON");
        for (field, value) in change.as_object().expect("a map") {
            spec[field] = value.clone();
        }
        wanted.spec = serde_json::from_value(spec).expect("a spec");
        let plan = preview::plan(&world.client, wanted, &releases("plan")).await.expect("a plan");
        world.change(&change).await.expect("changed");
        world.settle().await;
        let after = templates(&world).await;
        let restarted =
            before.iter().filter(|(name, template)| after.get(*name).is_some_and(|t| t != *template));
        let restarted: Vec<_> = restarted.map(|(name, _)| name.as_str()).collect();
        let planned: Vec<_> = plan.restart.iter().map(|component| component.as_str()).collect();
        assert_eq!(planned.iter().collect::<BTreeSet<_>>(), restarted.iter().collect(), "{change}: {plan}");
    }
}

#[tokio::test]
async fn a_manual_upgrade_waits_says_what_it_would_do_and_goes_on_when_it_may() {
    let world = World::with(releases("manual")).await;
    world.create(&json!({"upgrade": {"strategy": "Manual"}})).await.expect("created");
    world.settle().await;
    let before = image(&world).await;
    world.change(&json!({"version": "0.2.0"})).await.expect("changed");
    world.pass().await.0.expect("a good pass");
    for condition in ["Ready", "Stalled"] {
        let (_, message) = world.condition(condition).await;
        assert!(message.contains("version 0.2.0 waits; it would restart"), "{condition}: {message}");
        assert!(message.contains("api") && message.contains("phasma.dev/approve=0.2.0"), "{message}");
        assert!(!message.contains("postgres"), "{message}");
    }
    assert_eq!((world.condition("Available").await.0.as_str(), image(&world).await), ("True", before));
    // What runs is cared for meanwhile.
    world.api::<Service>().delete("p-api", &DeleteParams::default()).await.expect("deleted");
    world.pass().await.0.expect("a good pass");
    assert!(world.exists::<Service>("p-api").await);
    let (result, writes) = world.pass().await;
    result.expect("a good pass");
    assert_eq!(writes, 0);

    let approve = Patch::Merge(json!({"metadata": {"annotations": {"phasma.dev/approve": "0.2.0"}}}));
    world.api::<Phasma>().patch(NAME, &PatchParams::default(), &approve).await.expect("approved");
    world.settle().await;
    assert!(image(&world).await.ends_with("/api:0.2.0"));
    // An approval is for one version.
    world.change(&json!({"version": "0.1.0"})).await.expect("changed");
    world.pass().await.0.expect("a good pass");
    assert!(world.condition("Stalled").await.1.contains("version 0.1.0 waits"));
}
