//! What doesn't work is given up, and only what is to blame for it.

use k8s_openapi::api::apps::v1::{ControllerRevision, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::jiff::{Timestamp, ToSpan};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use phasma_crds::{Phasma, labels};
use serde_json::{Value, json};

use crate::kubelet::{self, make_pod_of};
use crate::support::{NAME, World};

async fn settled() -> World {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    world
}

/// Passes until nothing is written. Workloads get ready, but for one.
async fn still(world: &World, but: &str) {
    for _ in 0..40 {
        let (result, writes) = world.pass().await;
        result.expect("a good pass");
        if writes == 0 {
            return;
        }
        kubelet::make_ready_but(world, but).await;
    }
    panic!("no end in sight");
}

async fn image(world: &World, component: &str) -> String {
    let pod = world.deployment(component).await.spec.and_then(|spec| spec.template.spec).expect("a pod");
    pod.containers[0].image.clone().expect("an image")
}

fn container(name: &str, state: &Value, restarts: i32, last: &Value) -> Value {
    json!({"containerStatuses": [{"name": name, "image": "reg/none:1", "imageID": "", "ready": false,
           "restartCount": restarts, "state": state, "lastState": last}]})
}

fn unpullable(name: &str) -> Value {
    container(
        name,
        &json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}),
        0,
        &json!({}),
    )
}

/// Restarted so often; the last run began then.
fn crashing(name: &str, restarts: i32, began: Timestamp) -> Value {
    let time = began.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let ended =
        json!({"exitCode": 1, "message": "error: no such thing", "startedAt": time, "finishedAt": time});
    let waiting = json!({"waiting": {"reason": "CrashLoopBackOff"}});
    container(name, &waiting, restarts, &json!({"terminated": ended}))
}

fn later() -> Timestamp {
    Timestamp::now() + 5.seconds()
}

/// It was given up for this reason, and all that was before runs again; nobody notices anything.
async fn assert_rolled_back(world: &World, cause: &str) {
    for condition in ["RolledBack", "Ready", "Stalled"] {
        let (_, message) = world.condition(condition).await;
        assert!(message.contains(cause), "{condition}: {message}");
    }
    let status = |type_: &'static str| async move { world.condition(type_).await.0 };
    assert_eq!(status("RolledBack").await, "True");
    assert_eq!(status("Ready").await, "False");
    assert_eq!(status("Stalled").await, "True");
    assert_eq!(status("Available").await, "True");
    assert_eq!(status("Reconciling").await, "False");
}

async fn revisions(world: &World) -> Vec<ControllerRevision> {
    let mut found =
        world.api::<ControllerRevision>().list(&ListParams::default()).await.expect("a list").items;
    found.sort_by_key(|revision| revision.revision);
    found
}

#[tokio::test]
async fn an_image_that_cannot_be_pulled_is_given_up_until_the_spec_changes() {
    let world = settled().await;
    let before = image(&world, "frontend").await;
    world.change(&json!({"frontend": {"image": "reg/none:1"}})).await.expect("changed");
    still(&world, "frontend").await;
    assert_eq!(image(&world, "frontend").await, "reg/none:1");
    make_pod_of::<Deployment>(&world, "p-frontend", &unpullable("frontend")).await;
    still(&world, "").await;
    assert_eq!(image(&world, "frontend").await, before);
    assert_rolled_back(&world, "image reg/none:1 can't be pulled").await;
    let of_both = revisions(&world).await;
    assert_eq!(of_both.len(), 2);
    assert_eq!(of_both[0].labels()[labels::LAST_GOOD], "true");
    assert!(of_both[1].annotations()[labels::FAILURE].contains("can't be pulled"));
    // What runs is cared for.
    world.api::<Service>().delete("p-api", &DeleteParams::default()).await.expect("deleted");
    still(&world, "").await;
    assert!(world.exists::<Service>("p-api").await);

    world
        .api::<Pod>()
        .delete("p-frontend-2", &DeleteParams::default().grace_period(0))
        .await
        .expect("deleted");
    world.change(&json!({"frontend": {"image": "reg/other:1"}})).await.expect("changed");
    world.settle().await;
    assert_eq!(image(&world, "frontend").await, "reg/other:1");
    assert_eq!(world.condition("RolledBack").await.0, "False");
    let only = revisions(&world).await;
    assert!(only.len() == 1 && only[0].labels()[labels::LAST_GOOD] == "true", "{only:?}");
}

#[tokio::test]
async fn a_program_that_crashes_is_given_up_after_three_restarts() {
    let world = settled().await;
    world.change(&json!({"api": {"config": {"log": "debug"}}})).await.expect("changed");
    still(&world, "api").await;
    make_pod_of::<Deployment>(&world, "p-api", &crashing("api", 2, later())).await;
    still(&world, "api").await;
    assert_eq!(world.condition("RolledBack").await.0, "", "two restarts prove nothing");
    kubelet::set_pod_status(&world, "p-api-2", &crashing("api", 3, later())).await;
    still(&world, "").await;
    assert_rolled_back(&world, "error: no such thing").await;
    assert!(world.condition("RolledBack").await.1.contains("the last change of the spec was given up"));
}

#[tokio::test]
async fn a_store_that_is_down_is_not_the_fault_of_what_is_rolled_out() {
    let world = settled().await;
    world.change(&json!({"api": {"config": {"log": "debug"}}})).await.expect("changed");
    still(&world, "api").await;
    kubelet::break_stateful_set(&world, "p-postgres").await;
    let crashed = crashing("api", 7, Timestamp::now());
    make_pod_of::<Deployment>(&world, "p-api", &crashed).await;
    for _ in 0..3 {
        world.pass().await.0.expect("a good pass");
    }
    assert_eq!(world.condition("RolledBack").await.0, "");
    assert!(world.condition("Ready").await.1.contains("postgres"));
    // The store is back. The runs that failed began before.
    age_conditions(&world, 0).await;
    kubelet::make_ready_but(&world, "api").await;
    for _ in 0..3 {
        world.pass().await.0.expect("a good pass");
    }
    assert_eq!(world.condition("RolledBack").await.0, "");
    world.settle().await;
    assert_eq!(world.condition("RolledBack").await.0, "");
}

/// As if everything had turned this many minutes ago.
async fn age_conditions(world: &World, minutes: i64) {
    let mut conditions = world.phasma().await.status.expect("a status").conditions;
    for condition in &mut conditions {
        condition.last_transition_time.0 = Timestamp::now() - minutes.minutes();
    }
    let patch = Patch::Merge(json!({"status": {"conditions": conditions}}));
    world.api::<Phasma>().patch_status(NAME, &PatchParams::default(), &patch).await.expect("patched");
}

#[tokio::test]
async fn what_never_gets_ready_is_given_up_after_the_deadline() {
    let world = settled().await;
    let change = json!({"upgrade": {"progressDeadline": "2m"}, "frontend": {"image": "reg/slow:1"}});
    world.change(&change).await.expect("changed");
    still(&world, "frontend").await;
    let deadline = world.deployment("frontend").await.spec.expect("a spec").progress_deadline_seconds;
    assert_eq!(deadline, Some(120));
    let late = json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"});
    let seen = world.deployment("frontend").await.metadata.generation;
    let late = json!({"observedGeneration": seen, "updatedReplicas": 0, "conditions": [late]});
    kubelet::set_deployment_status(&world, "p-frontend", &late).await;
    still(&world, "frontend").await;
    assert_eq!(world.condition("RolledBack").await.0, "", "the stores have not been ready for so long");
    age_conditions(&world, 3).await;
    kubelet::set_deployment_status(&world, "p-frontend", &json!({"conditions": []})).await;
    still(&world, "frontend").await;
    assert_eq!(world.condition("RolledBack").await.0, "", "it is not late");
    let of_before = json!({"observedGeneration": 1, "conditions": late["conditions"]});
    kubelet::set_deployment_status(&world, "p-frontend", &of_before).await;
    still(&world, "frontend").await;
    assert_eq!(world.condition("RolledBack").await.0, "", "that was said of another template");
    kubelet::set_deployment_status(&world, "p-frontend", &late).await;
    still(&world, "").await;
    assert_rolled_back(&world, "frontend is").await;
}

#[tokio::test]
async fn a_migration_that_fails_is_given_up_before_any_program_changes() {
    let world = settled().await;
    let before = image(&world, "api").await;
    world.change(&json!({"api": {"image": "reg/api:2"}})).await.expect("changed");
    world.pass().await.0.expect("a good pass");
    let jobs = world.api::<Job>().list(&ListParams::default()).await.expect("a list").items;
    let migrate = jobs.iter().find(|job| {
        job.name_any().starts_with("p-migrate") && job.status.as_ref().is_none_or(|s| s.succeeded.is_none())
    });
    let migrate = migrate.expect("a new migration").name_any();
    make_pod_of::<Job>(&world, &migrate, &crashing("migrate", 3, later())).await;
    world.pass().await.0.expect("a good pass");
    assert_eq!(world.condition("RolledBack").await.0, "True");
    assert_eq!(image(&world, "api").await, before);
    kubelet::make_ready(&world).await;
    still(&world, "").await;
    assert_rolled_back(&world, "migrate: failed with exit code 1").await;
}

#[tokio::test]
async fn configuration_that_the_api_server_refuses_is_given_up_at_once() {
    let world = settled().await;
    let label = json!({"frontend": {"podOverrides": {"annotations": {"not a name": "x"}}}});
    world.change(&label).await.expect("no rule stops it");
    still(&world, "").await;
    assert_rolled_back(&world, "Deployment p-frontend").await;
}

#[tokio::test]
async fn a_store_with_a_bad_image_gets_its_old_one_back() {
    let world = settled().await;
    world.change(&json!({"search": {"managed": {"image": "reg/none:1"}}})).await.expect("changed");
    still(&world, "meilisearch").await;
    make_pod_of::<StatefulSet>(&world, "p-meilisearch", &unpullable("meilisearch")).await;
    still(&world, "").await;
    assert_rolled_back(&world, "meilisearch: image reg/none:1 can't be pulled").await;
    let set: StatefulSet = world.get("p-meilisearch").await;
    let pod = set.spec.and_then(|spec| spec.template.spec).expect("a pod");
    assert_ne!(pod.containers[0].image.as_deref(), Some("reg/none:1"));
}

#[tokio::test]
async fn without_anything_to_return_to_nothing_is_given_up() {
    let world = World::new().await;
    world.create(&json!({"frontend": {"image": "reg/none:1"}})).await.expect("created");
    for _ in 0..8 {
        world.pass().await.0.expect("a good pass");
        kubelet::make_ready_but(&world, "frontend").await;
    }
    make_pod_of::<Deployment>(&world, "p-frontend", &unpullable("frontend")).await;
    world.pass().await.0.expect("a good pass");
    assert_eq!(world.condition("RolledBack").await.0, "");
    assert!(world.condition("Ready").await.1.contains("can't be pulled"));
}
