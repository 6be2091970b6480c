//! Pods outside the graph of components reach nothing of the platform but its frontend, and those inside reach what the
//! graph says: the cluster enforces the policies that the operator writes.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use phasma_crds::labels;
use phasma_e2e::{installation::Installation, person::unique, wait::until};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(60);
/// Tries every target at once and writes down those that let it in. What a pod may call takes effect a moment after its
/// start, so the one that asks for it waits until it doesn't get into `FORBIDDEN` any more.
const KNOCK: &str = r#"
for try in $(seq 40); do
  [ -n "$FORBIDDEN" ] && timeout 1 bash -c "</dev/tcp/$FORBIDDEN" 2> /dev/null || break
  sleep 0.25
done
knock() { timeout 3 bash -c "</dev/tcp/$2/$3" 2> /dev/null && echo "$1 $3"; }
for target in $TARGETS; do
  IFS=, read -r name address port <<< "$target"
  knock "$name" "$address" "$port" &
done > /dev/termination-log
wait
"#;

/// Every port of every pod of the platform, as `component,address,port`.
async fn targets(installation: &Installation) -> Result<Vec<String>> {
    let pods = installation.pods().list(&installation.selector()).await?;
    let mut targets = Vec::new();
    for pod in pods.iter().filter(|pod| !pod.name_any().contains("knocks-")) {
        let component = pod.labels().get(labels::COMPONENT).context("no component")?;
        let Some(address) = pod.status.as_ref().and_then(|status| status.pod_ip.as_ref()) else { continue };
        let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
        for port in containers.flat_map(|container| container.ports.iter().flatten()) {
            targets.push(format!("{component},{address},{}", port.container_port));
        }
    }
    Ok(targets)
}

/// What a pod with these labels gets into, as `component port`.
async fn reached(
    installation: &Installation,
    namespace: &str,
    labels: &Value,
    targets: &[String],
    forbidden: Option<&str>,
) -> Result<BTreeSet<String>> {
    let image = installation.image("postgres").await?;
    let name = unique("knocks-");
    let pod = json!({
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": false,
            "securityContext": {"runAsNonRoot": true, "runAsUser": 999, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "knock", "image": image, "command": ["bash", "-c", KNOCK],
                "env": [{"name": "TARGETS", "value": targets.join(" ")},
                        {"name": "FORBIDDEN", "value": forbidden.unwrap_or_default()}],
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
            }],
        },
    });
    let pods: Api<Pod> = Api::namespaced(installation.client.clone(), namespace);
    pods.create(&PostParams::default(), &serde_json::from_value(pod)?).await?;
    let said = until("the probe's end", SOON, || async {
        let status = pods.get(&name).await?.status.unwrap_or_default();
        let states = status.container_statuses.unwrap_or_default().into_iter();
        let ended = states.filter_map(|container| container.state).find_map(|state| state.terminated);
        Ok::<_, anyhow::Error>(ended.context("still running")?.message.unwrap_or_default())
    })
    .await;
    pods.delete(&name, &DeleteParams::background()).await?;
    Ok(said.lines().map(str::to_owned).collect())
}

fn set(lines: &[&str]) -> BTreeSet<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[tokio::test]
async fn strangers_reach_the_frontend_and_nothing_else() -> Result<()> {
    let installation = Installation::from_env().await?;
    installation.wait_ready().await;
    let targets = targets(&installation).await?;
    ensure!(targets.len() > 10, "{targets:?}");
    let neighbour =
        reached(&installation, &installation.namespace, &json!({"app": "other"}), &targets, None).await?;
    ensure!(neighbour == set(&["frontend 3000"]), "a neighbour reaches {neighbour:?}");

    let namespaces: Api<Namespace> = Api::all(installation.client.clone());
    let elsewhere = unique("phasma-stranger-");
    let content = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": elsewhere}});
    namespaces.patch(&elsewhere, &PatchParams::apply("phasma-e2e"), &Patch::Apply(content)).await?;
    // By the labels of the API it gets nowhere, either: what is allowed is allowed within the namespace.
    let labels = json!({labels::COMPONENT: "api", labels::INSTANCE: installation.name});
    let found = reached(&installation, &elsewhere, &labels, &targets, None).await;
    namespaces.delete(&elsewhere, &DeleteParams::background()).await?;
    let found = found?;
    ensure!(found == set(&["frontend 3000"]), "a pod of another namespace reaches {found:?}");
    Ok(())
}

#[tokio::test]
async fn components_reach_what_they_need_and_nothing_else() -> Result<()> {
    let installation = Installation::from_env().await?;
    installation.wait_ready().await;
    let targets = targets(&installation).await?;
    let frontend =
        targets.iter().find_map(|target| target.strip_prefix("frontend,")).context("no frontend")?;
    let frontend = frontend.replace(',', "/");
    for (component, expected) in [
        ("relay", set(&["postgres 5432", "redpanda 9092"])),
        ("provision", set(&["postgres 5432", "redpanda 9092", "seaweedfs 8333", "meilisearch 7700"])),
        ("migrate", set(&["postgres 5432"])),
    ] {
        let mut labels = json!({labels::COMPONENT: component, labels::INSTANCE: installation.name});
        labels["app.kubernetes.io/name"] = json!("phasma");
        let found =
            reached(&installation, &installation.namespace, &labels, &targets, Some(&frontend)).await?;
        ensure!(found == expected, "{component} reaches {found:?}");
    }
    Ok(())
}
