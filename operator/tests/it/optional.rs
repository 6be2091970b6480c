//! Kinds that a cluster may lack: HTTPRoute, PodMonitor, PrometheusRule.
//!
//! One test, which runs alone (.config/nextest.toml), because a definition is there for the whole API server.

use futures::StreamExt;
use k8s_openapi::api::networking::v1::Ingress;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, DynamicObject};
use phasma_operator::controller::build::object::Kind;
use phasma_operator::controller::watch;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{World, eventually};
use crate::{foreign, kubelet};

fn of(world: &World, kind: Kind) -> Api<DynamicObject> {
    Api::namespaced_with(world.client.clone(), &world.namespace, &kind.api_resource())
}

async fn spec(world: &World, kind: Kind, name: &str) -> Value {
    of(world, kind).get(name).await.expect("the object").data["spec"].clone()
}

/// Passes until nothing is written any more.
async fn quiet(world: &World) {
    for _ in 0..100 {
        let (result, writes) = world.pass().await;
        result.expect("a good pass");
        kubelet::make_ready(world).await;
        if writes == 0 && world.pass().await.1 == 0 {
            return;
        }
    }
    panic!("it never stops writing: {:?}", world.condition("Ready").await);
}

#[tokio::test]
async fn kinds_may_be_missing_and_are_used_when_they_appear() {
    let world = World::new().await;
    foreign::uninstall(&world.client).await;
    let exposure = json!({"url": "http://photos.example.org", "ingress": {}});
    let monitoring = json!({"podMonitor": true, "prometheusRule": true, "labels": {"release": "prometheus"}});
    world.create(&json!({"exposure": exposure, "monitoring": monitoring})).await.expect("created");
    quiet(&world).await;
    without_the_kinds(&world).await;
    foreign::install(&world.client).await;
    world.settle().await;
    with_the_kinds(&world).await;
    they_are_watched(&world).await;
    world.change(&json!({"exposure": {"gateway": null}, "monitoring": null})).await.expect("changed");
    world.settle().await;
    for kind in Kind::OPTIONAL {
        let left = of(&world, kind).list(&Default::default()).await.expect("a list").items;
        assert!(left.is_empty(), "{kind:?}: {left:?}");
    }
}

async fn without_the_kinds(world: &World) {
    let (ready, message) = world.condition("Ready").await;
    assert_eq!(ready, "False");
    for field in ["spec.monitoring.podMonitor", "spec.monitoring.prometheusRule"] {
        assert!(message.contains(field), "{message}");
    }
    assert!(message.contains("the cluster has no PodMonitor (monitoring.coreos.com/v1)"), "{message}");
    for condition in ["Available", "FrontendReady", "PipelinesReady"] {
        assert_eq!(world.condition(condition).await.0, "True", "{condition}: nothing else is held up");
    }
    let status = world.phasma().await.status.expect("a status");
    assert_eq!(status.version.current.as_deref(), Some("0.1.0"));
    // What replaces the Ingress can't be made yet, so it stays.
    let gateway = json!({"parentRefs": [{"name": "public", "namespace": "gateways", "sectionName": "web"}]});
    world.change(&json!({"exposure": {"ingress": null, "gateway": gateway}})).await.expect("changed");
    quiet(world).await;
    assert!(world.condition("Ready").await.1.contains("spec.exposure.gateway"));
    assert!(world.exists::<Ingress>("p-frontend").await);
}

async fn with_the_kinds(world: &World) {
    assert!(!world.exists::<Ingress>("p-frontend").await);
    let route = spec(world, Kind::HttpRoute, "p-frontend").await;
    assert_eq!(route["hostnames"], json!(["photos.example.org"]));
    let parent = &route["parentRefs"][0];
    assert_eq!((&parent["name"], &parent["sectionName"]), (&json!("public"), &json!("web")));
    let backend = &route["rules"][0]["backendRefs"][0];
    assert_eq!((&backend["name"], &backend["port"]), (&json!("p-frontend"), &json!(3000)));
    for (name, port, path) in [
        ("p-api", "http", "/metrics"),
        ("p-relay", "admin", "/metrics"),
        ("p-consumers", "admin", "/metrics"),
        ("p-connect", "http", "/metrics"),
        ("p-redpanda", "admin", "/public_metrics"),
    ] {
        let monitor = spec(world, Kind::PodMonitor, name).await;
        assert_eq!(monitor["podMetricsEndpoints"], json!([{"port": port, "path": path}]), "{name}");
    }
    let monitor = of(world, Kind::PodMonitor).get("p-api").await.expect("the monitor");
    assert_eq!(monitor.labels()["release"], "prometheus");
    let rules = spec(world, Kind::PrometheusRule, "p").await;
    let selects = format!("namespace=\"{}\",app_kubernetes_io_instance=\"p\"", world.namespace);
    assert!(rules["groups"][0]["rules"].to_string().replace('\\', "").contains(&selects), "{rules}");
}

async fn they_are_watched(world: &World) {
    let stop = CancellationToken::new();
    let controller = watch::run(&world.client, Some(&world.namespace), world.context.clone(), stop.clone());
    let running = tokio::spawn(controller.for_each(|()| futures::future::ready(())));
    for (kind, name) in [(Kind::HttpRoute, "p-frontend"), (Kind::PodMonitor, "p-api")] {
        let api = of(world, kind);
        let before = api.get(name).await.expect("the object").uid();
        eventually("a deleted object comes back", async || {
            // Deleted again until the watch is there to see it.
            let found = api.get_opt(name).await.expect("an answer").and_then(|object| object.uid());
            if found == before {
                api.delete(name, &DeleteParams::default()).await.expect("deleted");
            }
            found.is_some() && found != before
        })
        .await;
    }
    stop.cancel();
    running.await.expect("a good end");
}
