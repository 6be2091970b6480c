//! Rotation of credentials and certificates: step by step, across crashes, and quiet afterwards.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use phasma_crds::Phasma;
use serde_json::{Value, json};

use crate::faults::Faults;
use crate::kubelet;
use crate::support::{NAME, World};

/// More passes than a rotation of one write each can need.
const MOST_PASSES: usize = 400;

async fn ask(world: &World, value: &str) {
    let patch = Patch::Merge(json!({"metadata": {"annotations": {"phasma.dev/rotate": value}}}));
    world.api::<Phasma>().patch(NAME, &PatchParams::default(), &patch).await.expect("annotated");
}

async fn secret(world: &World, name: &str) -> BTreeMap<String, String> {
    let secret: Secret = world.get(name).await;
    let text = |value: Vec<u8>| String::from_utf8(value).expect("text");
    secret.data.unwrap_or_default().into_iter().map(|(key, value)| (key, text(value.0))).collect()
}

async fn change_secret(world: &World, name: &str, key: &str, value: &str) {
    let patch = Patch::Merge(json!({"stringData": {key: value}}));
    world.api::<Secret>().patch(name, &PatchParams::default(), &patch).await.expect("changed");
}

async fn step(world: &World) -> String {
    let state = secret(world, "p-credentials").await.remove("rotation").unwrap_or_else(|| "{}".to_owned());
    let state: Value = serde_json::from_str(&state).expect("JSON");
    state["step"].as_str().unwrap_or("Idle").to_owned()
}

/// Passes, with workloads that become ready in between, until the rotation stands at `wanted`.
async fn until_step(world: &World, wanted: &str) {
    for _ in 0..MOST_PASSES {
        if step(world).await == wanted {
            return;
        }
        world.pass().await.0.expect("a good pass");
        kubelet::make_ready(world).await;
    }
    panic!("{wanted} never came; now {}", step(world).await);
}

async fn rotated(world: &World) -> Option<String> {
    world.phasma().await.status.unwrap_or_default().rotated
}

async fn generation(world: &World, component: &str) -> Option<i64> {
    world.get::<StatefulSet>(&format!("{NAME}-{component}")).await.metadata.generation
}

/// User and password of a service's database address.
async fn login(world: &World, component: &str) -> (String, String) {
    let address = secret(world, &format!("{NAME}-{component}")).await.remove("PHASMA_DATABASE_URL");
    let address = url::Url::parse(&address.expect("an address")).expect("a URL");
    (address.username().to_owned(), address.password().unwrap_or_default().to_owned())
}

async fn provisioning(world: &World) -> BTreeMap<String, String> {
    let jobs = world.api::<Job>().list(&ListParams::default()).await.expect("a list");
    let job = jobs.iter().filter(|job| job.name_any().contains("-provision-"));
    let job = job.max_by_key(|job| job.creation_timestamp()).expect("the Job");
    let container = &job.spec.as_ref().expect("a spec").template.spec.as_ref().expect("a pod").containers[0];
    let variables = container.env.iter().flatten();
    variables.map(|variable| (variable.name.clone(), variable.value.clone().unwrap_or_default())).collect()
}

#[tokio::test]
async fn old_and_new_are_valid_together_until_every_pod_moved() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    let before = secret(&world, "p-credentials").await;
    let (first, token) = (login(&world, "api").await, before["internal-token"].clone());
    let stores = [generation(&world, "postgres").await, generation(&world, "seaweedfs").await];
    assert_eq!(first.0, "phasma_api");

    ask(&world, "monday").await;
    until_step(&world, "Prepare").await;
    let (prepared, api) = (secret(&world, "p-credentials").await, secret(&world, "p-api").await);
    assert_eq!(login(&world, "api").await, first);
    assert_eq!(api["PHASMA_INTERNAL_TOKEN"], format!("{token},{}", prepared["internal-token.other"]));
    assert_eq!(api["PHASMA_SESSION_KEY_PREVIOUS"], prepared["session-key.other"]);
    assert_eq!(secret(&world, "p-connect").await["PHASMA_INTERNAL_TOKEN"], token);
    let jobs = secret(&world, "p-provision").await;
    assert_eq!(jobs["PHASMA_API_PASSWORD_OTHER"], prepared["api-database-password.other"]);
    assert!(!secret(&world, "p-migrate").await.contains_key("PHASMA_DATABASE_URL_FORMER"));
    let (reconciling, message) = world.condition("Reconciling").await;
    assert!(reconciling == "True" && message.contains("step 1 of 3"), "{reconciling}: {message}");

    let awaited = format!("{}:{}", prepared["s3-api-key-id.other"], prepared["s3-api-secret-key.other"]);
    assert!(jobs["PHASMA_S3_AWAITED_KEYS"].ends_with(&awaited));
    let identities = secret(&world, "p-seaweedfs").await.remove("identities.json").expect("the file");
    for key in [&before["s3-api-key-id"], &prepared["s3-api-key-id.other"]] {
        assert!(identities.contains(key.as_str()), "a key is not accepted");
    }
    assert_eq!(api["PHASMA_S3_ACCESS_KEY_ID"], before["s3-api-key-id"]);

    until_step(&world, "Switch").await;
    let api = secret(&world, "p-api").await;
    assert_eq!(api["PHASMA_S3_ACCESS_KEY_ID"], prepared["s3-api-key-id.other"]);
    let second = ("phasma_api_b".to_owned(), prepared["api-database-password.other"].clone());
    assert_eq!(login(&world, "api").await, second);
    assert_eq!(login(&world, "relay").await.0, "phasma_relay_b");
    assert_eq!(api["PHASMA_SESSION_KEY"], prepared["session-key.other"]);
    assert_eq!(api["PHASMA_SESSION_KEY_PREVIOUS"], before["session-key"]);
    assert_eq!(secret(&world, "p-connect").await["PHASMA_INTERNAL_TOKEN"], prepared["internal-token.other"]);
    assert!(api["PHASMA_INTERNAL_TOKEN"].ends_with(&token));
    let former = secret(&world, "p-migrate").await.remove("PHASMA_DATABASE_URL_FORMER");
    assert!(former.is_some_and(|address| address.contains(&before["postgres-owner-password"])));

    until_step(&world, "Retire").await;
    let (retired, api) = (secret(&world, "p-credentials").await, secret(&world, "p-api").await);
    assert_eq!(login(&world, "api").await, second);
    assert_eq!(api["PHASMA_INTERNAL_TOKEN"], retired["internal-token"]);
    // Sessions of before live on.
    assert_eq!(api["PHASMA_SESSION_KEY_PREVIOUS"], before["session-key"]);
    assert!(!secret(&world, "p-provision").await.contains_key("PHASMA_API_PASSWORD_OTHER"));
    let identities = secret(&world, "p-seaweedfs").await.remove("identities.json").expect("the file");
    assert!(!identities.contains(&before["s3-api-key-id"]), "the old key is accepted");
    assert!(!retired.keys().any(|key| key.ends_with(".other")), "an old value is kept");
    assert_eq!(rotated(&world).await, None);

    world.settle().await;
    assert_eq!(rotated(&world).await.as_deref(), Some("monday"));
    assert_eq!(world.condition("Reconciling").await.0, "False");
    assert_eq!(provisioning(&world).await["PHASMA_LOGIN_TURN"], "1");
    // Neither the database nor the pictures were away.
    assert_eq!([generation(&world, "postgres").await, generation(&world, "seaweedfs").await], stores);
    ask(&world, "monday").await;
    let (result, writes) = world.pass().await;
    result.expect("a good pass");
    assert_eq!((writes, step(&world).await.as_str()), (0, "Idle"));
}

#[tokio::test]
async fn a_second_rotation_goes_back_to_the_first_login() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    for (value, expected) in [("one", "phasma_consumers_b"), ("two", "phasma_consumers")] {
        ask(&world, value).await;
        world.settle().await;
        assert_eq!(rotated(&world).await.as_deref(), Some(value));
        assert_eq!(login(&world, "consumers").await.0, expected);
    }
}

#[tokio::test]
async fn it_waits_for_what_is_not_ready_and_for_pods_that_are_going() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    ask(&world, "now").await;
    until_step(&world, "Prepare").await;
    kubelet::break_stateful_set(&world, "p-meilisearch").await;
    for _ in 0..3 {
        world.pass().await.0.expect("a good pass");
    }
    assert_eq!(step(&world).await, "Prepare");

    let going: Pod = serde_json::from_value(json!({
        "metadata": {"name": "going", "finalizers": ["phasma.dev/test"], "labels": {
            "app.kubernetes.io/managed-by": "phasma-operator", "app.kubernetes.io/instance": NAME}},
        "spec": {"containers": [{"name": "api", "image": "image"}]},
    }))
    .expect("a pod");
    world.api::<Pod>().create(&PostParams::default(), &going).await.expect("created");
    world.api::<Pod>().delete("going", &DeleteParams::default()).await.expect("deleted");
    for _ in 0..10 {
        kubelet::make_ready(&world).await;
        world.pass().await.0.expect("a good pass");
    }
    assert_eq!(step(&world).await, "Prepare");
    let gone = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    world.api::<Pod>().patch("going", &PatchParams::default(), &gone).await.expect("gone");
    until_step(&world, "Switch").await;
}

/// What holds between any two writes: whoever uses a credential has one that the credentials' Secret knows as valid.
async fn all_hold_valid_credentials(world: &World) {
    let valid = secret(world, "p-credentials").await;
    let is_valid = |name: &str, value: &str| {
        let named = [name.to_owned(), format!("{name}.other")];
        named.iter().any(|key| valid.get(key).is_some_and(|known| known == value))
    };
    for (component, credential) in [
        ("api", "api-database-password"),
        ("consumers", "consumers-database-password"),
        ("relay", "relay-database-password"),
        ("provision", "postgres-owner-password"),
    ] {
        let (user, password) = login(world, component).await;
        let reason =
            format!("{component} uses a password of {user} that is not valid at {}", step(world).await);
        assert!(is_valid(credential, &password), "{reason}");
    }
}

#[tokio::test]
async fn a_crash_after_any_write_is_resumed() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    let before = login(&world, "api").await;
    ask(&world, "now").await;
    let mut steps = vec!["Idle".to_owned()];
    for _ in 0..MOST_PASSES {
        // Mostly an error: the answer to its first write is lost, and then it is cut off.
        let _ = world.restarted(&Faults::death_after(1)).await.pass().await;
        let step = step(&world).await;
        if steps.last() != Some(&step) {
            steps.push(step);
        }
        all_hold_valid_credentials(&world).await;
        if rotated(&world).await.is_some() {
            break;
        }
        kubelet::make_ready(&world).await;
    }
    assert_eq!(steps, ["Idle", "Prepare", "Switch", "Retire", "Idle"]);
    world.settle().await;
    assert_eq!(rotated(&world).await.as_deref(), Some("now"));
    assert_ne!(login(&world, "api").await, before);
}

#[tokio::test]
async fn a_renewed_certificate_is_reloaded_and_restarts_no_database() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    let (postgres, shown) = (generation(&world, "postgres").await, provisioning(&world).await);
    let served = secret(&world, "p-postgres-tls").await;
    change_secret(&world, "p-pki", "postgres.renew-after", "2020-01-01T00:00:00Z").await;
    world.settle().await;
    assert_ne!(secret(&world, "p-postgres-tls").await, served);
    assert_eq!(generation(&world, "postgres").await, postgres);
    let (key, next) = ("PHASMA_DATABASE_CERTIFICATE", provisioning(&world).await);
    assert!(next[key].len() == 64 && next[key] != shown[key], "{} to {}", shown[key], next[key]);
}

#[tokio::test]
async fn an_authority_near_its_end_is_replaced_in_three_steps() {
    let world = World::new().await;
    world.create(&json!({})).await.expect("created");
    world.settle().await;
    let trusted = async || {
        let trust: ConfigMap = world.get("p-trust").await;
        trust.data.unwrap_or_default().remove("ca.crt").unwrap_or_default()
    };
    let (before, credentials) = (trusted().await, secret(&world, "p-credentials").await);
    let served = secret(&world, "p-postgres-tls").await;
    change_secret(&world, "p-pki", "ca.renew-after", "2020-01-01T00:00:00Z").await;

    until_step(&world, "Prepare").await;
    let both = trusted().await;
    assert!(both.starts_with(&before) && both.len() > before.len(), "the new one is not trusted");
    assert_eq!(secret(&world, "p-postgres-tls").await, served);
    until_step(&world, "Switch").await;
    assert_eq!(trusted().await.len(), both.len());
    assert_ne!(secret(&world, "p-postgres-tls").await, served);
    world.settle().await;
    let after = trusted().await;
    assert!(after != before && after.matches("BEGIN CERTIFICATE").count() == 1, "{after}");
    let kept = secret(&world, "p-credentials").await;
    assert!(credentials.iter().all(|(key, value)| kept.get(key) == Some(value)), "a credential changed");
    assert_eq!(rotated(&world).await, None);
}
