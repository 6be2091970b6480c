//! Installations with everything wrong that people get wrong: each condition names its cause, word by word as in
//! `causes.txt`, and turns when the cause goes away.

mod disk;
mod golden;
mod objects;
mod rules;
mod servers;

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::{core::v1::ResourceQuota, storage::v1::StorageClass};
use kube::{
    Api, Resource,
    api::{DeleteParams, ObjectMeta},
};
use phasma_crds::Phasma;
use phasma_e2e::{installation::Installation, wait::until};
use serde_json::{Value, json};

use self::objects::{apply, in_namespace, like_default_class};

/// From a cause to its message, and from its end to a condition that turns. A pod that failed some times is started again
/// minutes later.
const SOON: Duration = Duration::from_secs(300);
const CAUSES: &str = include_str!("causes.txt");

const OF_A_CLUSTER: [&str; 8] = [
    "missing Secret",
    "unpullable image",
    "no storage class",
    "unschedulable",
    "unreachable broker",
    "wrong password",
    "quota",
    "crash at start",
];
const OF_SERVICES: [&str; 2] = ["expired certificate", "bucket of someone else"];
const OF_DISKS_AND_RULES: [&str; 2] = ["full disk", "bad spec, CEL disabled"];

fn lines() -> impl Iterator<Item = [&'static str; 3]> {
    let lines = CAUSES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split(" | ").map(str::trim).collect::<Vec<_>>().try_into().ok())
}

#[test]
fn every_line_is_shown() {
    let shown: BTreeSet<_> =
        [&OF_A_CLUSTER[..], &OF_SERVICES, &OF_DISKS_AND_RULES].concat().into_iter().collect();
    assert_eq!(lines().map(|[cause, ..]| cause).collect::<BTreeSet<_>>(), shown);
    assert_eq!(shown.len(), 12);
}

#[tokio::test]
async fn causes_in_the_cluster_are_named_and_their_end_noticed() -> Result<()> {
    let model = Installation::from_env().await?;
    in_namespace(&model, "waiting", async |there| {
        let classes = Api::<StorageClass>::all(there.client.clone());
        // An earlier run may have been cut off.
        let _ = classes.delete("no-such-class", &DeleteParams::default()).await;
        let outcome = in_the_cluster(&model, there).await;
        let _ = classes.delete("no-such-class", &DeleteParams::default()).await;
        outcome
    })
    .await
}

async fn in_the_cluster(model: &Installation, there: &Installation) -> Result<()> {
    servers::database(model, there).await?;
    let base = model.manifest().await?;
    let mut spec = json!({
        "database": {"managed": null, "external": {"secretRef": {"name": "nowhere"}}},
        "cache": {"managed": {"image": "localhost/phasma/no-such-image:1"}},
        "objectStorage": {"managed": {"storage": {"storageClassName": "no-such-class"}}},
        "search": {"managed": {"resources": {"requests": {"cpu": "1000"}, "limits": {"cpu": "1000"}}}},
        "broker": {"managed": null, "external": {
            "bootstrapServers": ["kubernetes.default.svc:9092"], "tls": {"enabled": false}}},
    });
    there.apply(&changed(&base, there, &spec)?).await?;
    for cause in &OF_A_CLUSTER[..5] {
        says(there, cause).await?;
    }

    let class = like_default_class(&there.client).await?;
    apply(&Api::<StorageClass>::all(there.client.clone()), "no-such-class", class).await?;
    becomes(there, "ObjectStorageReady", "True").await;
    apply(&there.secrets(), "nowhere", servers::login("guessed")).await?;
    says(there, "wrong password").await?;
    apply(&there.secrets(), "nowhere", servers::login("right")).await?;
    becomes(there, "DatabaseReady", "True").await;

    let quotas: Api<ResourceQuota> = Api::namespaced(there.client.clone(), &there.namespace);
    apply(&quotas, "one-pod", json!({"spec": {"hard": {"pods": "1"}}})).await?;
    spec["cache"]["managed"]["image"] = json!(model.image("frontend").await?);
    spec["search"]["managed"]["resources"] = json!({"requests": {"cpu": "10m"}, "limits": {"cpu": "1"}});
    there.apply(&changed(&base, there, &spec)?).await?;
    says(there, "quota").await?;
    quotas.delete("one-pod", &DeleteParams::default()).await?;
    says(there, "crash at start").await?;
    becomes(there, "SearchReady", "True").await;
    spec["cache"] = json!(base.spec.cache);
    there.apply(&changed(&base, there, &spec)?).await?;
    becomes(there, "CacheReady", "True").await;
    Ok(())
}

#[tokio::test]
async fn causes_in_services_of_somebody_else_are_named_and_their_end_noticed() -> Result<()> {
    let model = Installation::from_env().await?;
    in_namespace(&model, "foreign", async |there| {
        let key = rcgen::KeyPair::generate()?;
        servers::database_with_certificate(&model, there, &servers::expired(&key)?).await?;
        servers::object_store(&model, there).await?;
        apply(&there.secrets(), "database", servers::login_by_tls(&servers::valid(&key)?.certificate))
            .await?;
        apply(&there.secrets(), "bucket", servers::STRANGER.content()).await?;
        let spec = json!({
            "database": {"managed": null, "external": {"secretRef": {"name": "database"}}},
            "objectStorage": {"managed": null, "external": {
                "endpoint": "http://store:8333", "bucket": "photos", "secretRef": {"name": "bucket"}}},
            "cache": {"managed": null, "external": {"secretRef": {"name": "nowhere"}}},
            "search": {"managed": null, "disabled": true},
            "broker": {"managed": null, "external": {
                "bootstrapServers": ["nowhere:9092"], "tls": {"enabled": false}}},
        });
        there.apply(&changed(&model.manifest().await?, there, &spec)?).await?;
        for cause in OF_SERVICES {
            says(there, cause).await?;
        }
        apply(&there.secrets(), "bucket", servers::OWNER.content()).await?;
        becomes(there, "ObjectStorageReady", "True").await;
        servers::database_with_certificate(&model, there, &servers::valid(&key)?).await?;
        becomes(there, "DatabaseReady", "True").await;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_full_disk_and_a_spec_that_no_rule_stopped_are_named_and_their_end_noticed() -> Result<()> {
    let model = Installation::from_env().await?;
    in_namespace(&model, "full", async |there| {
        let disk = disk::Disk::full(&model, there).await?;
        let outcome = full(&model, there, &disk).await;
        disk.remove().await?;
        outcome
    })
    .await
}

async fn full(model: &Installation, there: &Installation, disk: &disk::Disk<'_>) -> Result<()> {
    let base = model.manifest().await?;
    let mut spec = json!({
        "database": {"managed": {"storage": {"storageClassName": disk.class}}},
        "cache": {"managed": null, "external": {"secretRef": {"name": "nowhere"}}},
        "objectStorage": {"managed": null, "external": {
            "endpoint": "http://store:8333", "bucket": "photos", "secretRef": {"name": "nowhere"}}},
        "search": {"managed": null, "disabled": true},
        "broker": {"managed": null, "external": {
            "bootstrapServers": ["nowhere:9092"], "tls": {"enabled": false}}},
    });
    there.apply(&changed(&base, there, &spec)?).await?;
    says(there, "full disk").await?;
    disk.relieve().await?;
    becomes(there, "DatabaseReady", "True").await;

    let rules = rules::Rules::taken_away(&there.client).await?;
    spec["search"]["managed"] = json!({});
    let outcome = async {
        // An API server goes on by the old definition for a moment after it took the new one.
        let bad = changed(&base, there, &spec)?;
        until("a definition without rules", SOON, || there.apply(&bad)).await;
        says(there, "bad spec, CEL disabled").await
    };
    let outcome = outcome.await;
    rules.put_back(&there.client).await?;
    outcome?;
    spec["search"]["managed"] = Value::Null;
    there.apply(&changed(&base, there, &spec)?).await?;
    becomes(there, "Stalled", "False").await;
    Ok(())
}

/// The model's resource, under another name, with other fields; `null` removes one.
fn changed(model: &Phasma, there: &Installation, change: &Value) -> Result<Phasma> {
    let mut resource = serde_json::to_value(model)?;
    resource["spec"]["exposure"]["service"] = json!({});
    merge(&mut resource["spec"], change);
    let mut resource: Phasma = serde_json::from_value(resource)?;
    *resource.meta_mut() = ObjectMeta { name: Some(there.name.clone()), ..ObjectMeta::default() };
    Ok(resource)
}

fn merge(into: &mut Value, change: &Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            for (key, value) in change {
                if value.is_null() {
                    into.remove(key);
                } else {
                    merge(into.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (into, change) => *into = change.clone(),
    }
}

/// Waits until the condition of `cause` says what the golden file has for it. Of all conditions only Stalled is True when
/// something is wrong.
async fn says(there: &Installation, cause: &str) -> Result<()> {
    let [_, condition, pattern] = lines().find(|fields| fields[0] == cause).context("no such line")?;
    let wrong = if condition == "Stalled" { "True" } else { "False" };
    until(cause, SOON, || async {
        let (status, message) = there.condition(condition).await?;
        ensure!(status == wrong && golden::matches(pattern, &message), "{condition} {status}: {message}");
        Ok(())
    })
    .await;
    Ok(())
}

async fn becomes(there: &Installation, condition: &str, wanted: &str) {
    until(condition, SOON, || async {
        let (status, message) = there.condition(condition).await?;
        ensure!(status == wanted, "{status}: {message}");
        Ok(())
    })
    .await;
}
