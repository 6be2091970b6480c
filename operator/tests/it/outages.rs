//! An API server that refuses, hangs up, forgets or answers from the past costs time, and nothing else.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::{Method, Request};
use futures::StreamExt;
use futures::future::join_all;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Secret, Service};
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::client::Body;
use kube::core::DeserializeGuard;
use metrics_exporter_prometheus::PrometheusBuilder;
use phasma_operator::controller::{Error, error_policy, watch};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::faults::{Fate, Faults};
use crate::inventory::{assert_same, credentials, inventory};
use crate::kubelet;
use crate::support::{World, eventually};
use crate::variants;

/// More passes than any fault of these tests costs.
const PASSES: usize = 200;

/// Passes of `process` until it is Ready and quiet; a failed one is followed by another, as the controller would.
async fn endure(process: &World) {
    for _ in 0..PASSES {
        let seen = credentials(process).await;
        let (result, writes) = process.pass().await;
        let now = credentials(process).await;
        assert!(seen.iter().all(|(key, value)| now.get(key) == Some(value)), "a credential changed");
        if result.is_ok() && writes == 0 && process.condition("Ready").await.0 == "True" {
            return;
        }
        kubelet::make_ready(process).await;
    }
    panic!("not settled: {:?}", process.condition("Ready").await);
}

/// A rollout and a change of which each request fails once; what they end in.
async fn each_request_fails_once(fate: Fate, change: &Value) -> Vec<String> {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    let process = world.restarted(&Faults::first_time(fate)).await;
    endure(&process).await;
    world.change(change).await.expect("changed");
    endure(&process).await;
    inventory(&world).await
}

/// A conflict, too many requests, a server error, and a connection that is cut before the request or before the answer.
#[tokio::test]
async fn any_fault_of_each_request_only_delays() {
    let change = json!({"api": {"replicas": 2}, "search": {"disabled": true}});
    let expected = variants::default().settled().await;
    expected.change(&change).await.expect("changed");
    expected.settle().await;
    let expected = inventory(&expected).await;
    let faults = [Fate::Refuse(409), Fate::Refuse(429), Fate::Refuse(500), Fate::Cut, Fate::Lose];
    let ends = faults.iter().map(|fate| each_request_fails_once(fate.clone(), &change));
    for (fate, found) in faults.iter().zip(join_all(ends).await) {
        assert_same(&found, &expected, &format!("{fate:?}"));
    }
}

/// Refuses one kind of request, as often as it is made.
fn always(method: Method, path: &'static str, code: u16) -> Faults {
    Faults::new(move |request: &Request<Body>| {
        let meant = request.method() == method && request.uri().path().ends_with(path);
        if meant { Fate::Refuse(code) } else { Fate::Pass }
    })
}

#[tokio::test]
async fn one_object_that_is_refused_does_not_stop_the_care_of_others() {
    let world = variants::default().settled().await;
    let tamper = json!({"spec": {"replicas": 5}});
    for name in ["p-api", "p-consumers"] {
        let api = world.api::<Deployment>();
        api.patch(name, &PatchParams::default(), &Patch::Merge(&tamper)).await.expect("tampered");
    }
    world.api::<Service>().delete("p-redpanda", &DeleteParams::default()).await.expect("deleted");
    world.api::<Deployment>().delete("p-frontend", &DeleteParams::default()).await.expect("deleted");
    let process = world.restarted(&always(Method::PATCH, "/deployments/p-api", 500)).await;
    let error = process.pass().await.0.expect_err("refused");
    assert!(matches!(error, Error::Apply(_)), "{error}");
    let (ready, message) = world.condition("Ready").await;
    assert!(ready == "False" && message.contains("Deployment p-api"), "{message}");
    assert_eq!(world.condition("Stalled").await.0, "False");
    let consumers = world.deployment("consumers").await;
    assert_eq!(consumers.spec.and_then(|spec| spec.replicas), Some(1));
    assert!(world.exists::<Service>("p-redpanda").await);
    assert!(
        world.exists::<Deployment>("p-frontend").await,
        "an established platform is cared for in every stage"
    );
    world.settle().await;
}

#[tokio::test]
async fn an_error_is_a_condition_an_event_and_a_count() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    let process = world.restarted(&always(Method::PATCH, "/configmaps/p-trust", 500)).await;
    let error = process.pass().await.0.expect_err("refused");
    let (ready, message) = world.condition("Ready").await;
    assert!(ready == "False" && message.contains("ConfigMap p-trust"), "{message}");
    let notes = events(&world).await;
    assert!(notes.iter().any(|note| note.contains("ConfigMap p-trust")), "{notes:?}");
    let recorder = PrometheusBuilder::new().build_recorder();
    let guard = Arc::new(DeserializeGuard(Ok(world.phasma().await)));
    metrics::with_local_recorder(&recorder, || error_policy(guard, &error, world.context.clone()));
    let counted = recorder.handle().render();
    assert!(counted.contains(r#"phasma_operator_errors_total{class="apply"} 1"#), "{counted}");
    // The same error again is no news.
    process.pass().await.0.expect_err("refused");
    assert_eq!(events(&world).await.len(), notes.len());
}

async fn events(world: &World) -> Vec<String> {
    let events = world.api::<Event>().list(&ListParams::default()).await.expect("a list");
    let warning = |event: Event| event.note.filter(|_| event.type_.as_deref() == Some("Warning"));
    events.items.into_iter().filter_map(warning).collect()
}

#[tokio::test]
async fn a_deletion_that_is_refused_does_not_stop_the_others() {
    let world = variants::default().settled().await;
    world.change(&json!({"search": {"disabled": true}})).await.expect("changed");
    let faults = always(Method::DELETE, "/services/p-meilisearch", 500);
    let process = world.restarted(&faults).await;
    let mut refused = None;
    for _ in 0..10 {
        refused = process.pass().await.0.err();
        if refused.is_some() {
            break;
        }
        kubelet::make_ready(&world).await;
    }
    let error = refused.expect("refused").to_string();
    assert!(error.contains("Service p-meilisearch"), "{error}");
    assert!(world.condition("Ready").await.1.contains("Service p-meilisearch"));
    assert!(!world.exists::<StatefulSet>("p-meilisearch").await);
    assert!(!world.exists::<NetworkPolicy>("p-meilisearch").await);
    world.settle().await;
    assert!(!world.exists::<Service>("p-meilisearch").await);
}

#[tokio::test]
async fn a_status_that_cannot_be_written_does_not_stop_the_care() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    let process = world.restarted(&always(Method::PATCH, "/phasmas/p/status", 500)).await;
    process.pass().await.0.expect_err("no status");
    assert!(world.exists::<StatefulSet>("p-postgres").await);
    world.settle().await;
}

fn is_list(request: &Request<Body>) -> bool {
    request.method() == Method::GET
        && request.uri().query().is_some_and(|query| query.contains("labelSelector"))
}

/// Keeps the answers to lists while `past` is 0, and gives them again from then on.
fn lists_from_the_past(past: Arc<AtomicUsize>) -> Faults {
    Faults::new(move |request: &Request<Body>| match (is_list(request), past.load(Ordering::SeqCst)) {
        (false, _) => Fate::Pass,
        (true, 0) => Fate::Remember,
        (true, _) => Fate::Recall,
    })
}

#[tokio::test]
async fn lists_from_before_the_rollout_change_nothing() {
    let world = World::new().await;
    world.create(&json!({"paused": true})).await.expect("created");
    let past = Arc::new(AtomicUsize::new(0));
    let process = world.restarted(&lists_from_the_past(past.clone())).await;
    process.pass().await.0.expect("a good pass");
    past.store(1, Ordering::SeqCst);
    world.change(&json!({"paused": false})).await.expect("changed");
    world.settle().await;
    let (before, kept) = (inventory(&world).await, credentials(&world).await);
    // Nothing seems to be there. What exists is found by name.
    let _ = process.pass().await;
    assert_same(&inventory(&world).await, &before, "lists from the past");
    assert_eq!(credentials(&world).await, kept);
    world.settle().await;
}

#[tokio::test]
async fn lists_from_before_a_change_do_no_harm() {
    let world = variants::default().settled().await;
    let past = Arc::new(AtomicUsize::new(0));
    let process = world.restarted(&lists_from_the_past(past.clone())).await;
    process.pass().await.0.expect("a good pass");
    past.store(1, Ordering::SeqCst);
    let kept = credentials(&world).await;
    world.change(&json!({"api": {"replicas": 2}, "search": {"disabled": true}})).await.expect("changed");
    world.api::<Deployment>().delete("p-frontend", &DeleteParams::default()).await.expect("deleted");
    world.settle().await;
    let expected = inventory(&world).await;
    // It sees Meilisearch, which is gone, and another generation of all the rest.
    for _ in 0..3 {
        let _ = process.pass().await;
    }
    assert_eq!(credentials(&world).await, kept);
    assert_same(&inventory(&world).await, &expected, "lists from before a change");
    world.settle().await;
}

#[tokio::test]
async fn something_foreign_in_the_place_of_what_a_list_shows_is_left_alone() {
    let world = variants::default().settled().await;
    let past = Arc::new(AtomicUsize::new(0));
    let process = world.restarted(&lists_from_the_past(past.clone())).await;
    process.pass().await.0.expect("a good pass");
    past.store(1, Ordering::SeqCst);
    let secrets = world.api::<Secret>();
    secrets.delete("p-provision", &DeleteParams::default()).await.expect("deleted");
    let theirs =
        serde_json::from_value(json!({"metadata": {"name": "p-provision"}, "data": {"mine": "eWVz"}}));
    secrets.create(&PostParams::default(), &theirs.expect("an object")).await.expect("created");
    // Without a search engine this Secret has another content, so it would be written.
    world.change(&json!({"search": {"disabled": true}})).await.expect("changed");
    process.pass().await.0.expect_err("not the object it saw");
    let kept: Secret = world.get("p-provision").await;
    assert_eq!(kept.data.expect("data").len(), 1);
    assert!(kept.metadata.owner_references.is_none());
}

#[tokio::test]
async fn two_operators_at_once_agree_on_the_credentials() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    // The second looked before the first wrote anything.
    let nothing = json!({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": []}).to_string();
    let late = Faults::new(move |request: &Request<Body>| {
        let is_root = ["/secrets/p-credentials", "/secrets/p-pki"]
            .iter()
            .any(|path| request.uri().path().ends_with(path));
        match request.method() == Method::GET {
            true if is_list(request) => Fate::Answer(nothing.clone()),
            true if is_root => Fate::Refuse(404),
            _ => Fate::Pass,
        }
    });
    world.pass().await.0.expect("a good pass");
    let kept = credentials(&world).await;
    assert!(!kept.is_empty());
    let process = world.restarted(&late).await;
    let error = process.pass().await.0.expect_err("it was late").to_string();
    assert!(error.contains("p-credentials"), "{error}");
    assert_eq!(credentials(&world).await, kept);
    world.settle().await;
    assert_eq!(credentials(&world).await, kept);
}

/// Each watch fails in three ways, one after the other, and then works: it expires, it ends at once, it is cut.
fn watches_that_fail(failures: Arc<AtomicUsize>) -> Faults {
    let expired = json!({"type": "ERROR", "object": {"kind": "Status", "apiVersion": "v1", "status": "Failure",
                         "reason": "Expired", "code": 410, "message": "too old resource version"}});
    let ways = [Fate::Answer(format!("{expired}\n")), Fate::Answer(String::new()), Fate::Cut];
    let attempts = Mutex::new(HashMap::<String, usize>::new());
    Faults::new(move |request: &Request<Body>| {
        if !request.uri().query().is_some_and(|query| query.contains("watch=true")) {
            return Fate::Pass;
        }
        let mut attempts = attempts.lock().expect("a lock");
        let attempt = attempts.entry(request.uri().path().to_owned()).or_default();
        *attempt += 1;
        let fate = ways.get(*attempt - 1).cloned().unwrap_or(Fate::Pass);
        failures.fetch_add(usize::from(!matches!(fate, Fate::Pass)), Ordering::SeqCst);
        fate
    })
}

#[tokio::test]
async fn watches_that_end_early_are_taken_up_again() {
    let world = World::new().await;
    let failures = Arc::new(AtomicUsize::new(0));
    let process = world.restarted(&watches_that_fail(failures.clone())).await;
    let (client, stop) = (process.operator_client.clone(), CancellationToken::new());
    let controller = watch::run(&client, Some(&world.namespace), process.context.clone(), stop.clone());
    let running = tokio::spawn(controller.for_each(|()| futures::future::ready(())));
    world.create(&json!({})).await.expect("created");
    eventually("Ready", async || {
        kubelet::make_ready(&world).await;
        world.condition("Ready").await.0 == "True"
    })
    .await;
    assert!(failures.load(Ordering::SeqCst) >= 3 * 10);
    world.api::<Deployment>().delete("p-api", &DeleteParams::background()).await.expect("deleted");
    eventually("the Deployment is back", async || world.exists::<Deployment>("p-api").await).await;
    stop.cancel();
    running.await.expect("a good end");
    world.settle().await;
}

#[tokio::test]
async fn a_watch_that_is_refused_for_good_does_not_keep_the_news_of_others() {
    let world = World::new().await;
    let faults = Faults::new(|request: &Request<Body>| {
        let watches = request.uri().query().is_some_and(|query| query.contains("watch=true"));
        if watches && request.uri().path().ends_with("/configmaps") { Fate::Refuse(403) } else { Fate::Pass }
    });
    let process = world.restarted(&faults).await;
    let (client, stop) = (process.operator_client.clone(), CancellationToken::new());
    let controller = watch::run(&client, Some(&world.namespace), process.context.clone(), stop.clone());
    let running = tokio::spawn(controller.for_each(|()| futures::future::ready(())));
    world.create(&json!({})).await.expect("created");
    eventually("Ready", async || {
        kubelet::make_ready(&world).await;
        world.condition("Ready").await.0 == "True"
    })
    .await;
    stop.cancel();
    running.await.expect("a good end");
}
