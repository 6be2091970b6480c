//! The operator as a process: how it starts, ends, and what a frozen one does when it wakes.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::DeleteParams;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::kubelet;
use crate::support::{World, eventually};

const LEASE: &str = "phasma-operator";

/// A running `phasma-operator`. Killed when dropped.
pub(crate) struct Operator {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    kubeconfig: PathBuf,
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.kubeconfig);
    }
}

impl Operator {
    /// Looks after the world's namespace, and holds a Lease there.
    pub(crate) fn start(world: &World) -> Self {
        Self::start_with_lease(&kubeconfig(world, None), Some(&world.namespace), LEASE)
    }

    /// Looks after the namespace, or after all.
    pub(crate) fn start_with_lease(kubeconfig: &str, namespace: Option<&str>, lease: &str) -> Self {
        let file = std::env::temp_dir().join(format!("phasma-operator-{:016x}.yaml", rand::random::<u64>()));
        std::fs::write(&file, kubeconfig).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_phasma-operator"));
        command.args(["run", "--admin-address", "127.0.0.1:0", "--lease", lease]).env("KUBECONFIG", &file);
        command
            .env("PHASMA_LOG", "info,phasma_operator=debug,kube_runtime=debug")
            .env_remove("PHASMA_OPERATOR_NAMESPACES");
        if let Some(namespace) = namespace {
            command.args(["--namespaces", namespace]);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("started");
        let log = Arc::new(Mutex::new(Vec::new()));
        collect(child.stdout.take().expect("piped"), log.clone());
        collect(child.stderr.take().expect("piped"), log.clone());
        Self { child, log, kubeconfig: file }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("running")
    }

    pub(crate) fn says(&self, text: &str) -> bool {
        self.log.lock().unwrap().iter().any(|line| line.contains(text))
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    pub(crate) async fn leads(&self) {
        eventually("it leads", async || self.says("\"leading\"")).await;
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).expect("a pid");
        kill_process(pid, signal).expect("sent");
    }

    pub(crate) async fn ends(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await;
        ended.expect("in time").expect("a status")
    }

    pub(crate) async fn stop(mut self) {
        self.signal(Signal::TERM);
        assert!(self.ends().await.success(), "{}", self.log());
        assert!(!self.says("cut off"), "{}", self.log());
    }

    /// Status line and body of a page of the admin server.
    pub(crate) async fn page(&self, path: &str) -> (String, String) {
        eventually("it serves", async || self.address().is_some()).await;
        let mut stream = TcpStream::connect(self.address().expect("known")).await.expect("connected");
        let request = format!("GET {path} HTTP/1.0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
    }

    /// Value of a metric by its full name.
    pub(crate) async fn metric(&self, name: &str) -> Option<f64> {
        let (_, body) = self.page("/metrics").await;
        let line = body.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
        line.and_then(|value| value.trim().parse().ok())
    }

    fn address(&self) -> Option<String> {
        let log = self.log.lock().unwrap();
        let line = log.iter().find(|line| line.contains("serving probes"))?;
        let line: Value = serde_json::from_str(line).ok()?;
        line["fields"]["address"].as_str().map(str::to_owned)
    }
}

fn collect(stream: impl AsyncRead + Unpin + Send + 'static, log: Arc<Mutex<Vec<String>>>) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            log.lock().unwrap().push(line);
        }
    });
}

/// The test's kubeconfig with the world's namespace as the operator's own, perhaps as a service account of it.
pub(crate) fn kubeconfig(world: &World, account: Option<&str>) -> String {
    let path = std::env::var("KUBECONFIG").expect("set");
    let text = std::fs::read_to_string(path).expect("a kubeconfig");
    let mut config: Value = serde_yaml_ng::from_str(&text).expect("YAML");
    let namespace = &world.namespace;
    config["contexts"][0]["context"]["namespace"] = json!(namespace);
    if let Some(account) = account {
        let user = &mut config["users"][0]["user"];
        user["as"] = json!(format!("system:serviceaccount:{namespace}:{account}"));
        let of_namespace = format!("system:serviceaccounts:{namespace}");
        user["as-groups"] = json!(["system:serviceaccounts", of_namespace, "system:authenticated"]);
    }
    serde_yaml_ng::to_string(&config).expect("YAML")
}

async fn holder(world: &World) -> Option<String> {
    world.get::<Lease>(LEASE).await.spec.and_then(|spec| spec.holder_identity)
}

#[tokio::test]
async fn it_leads_reports_and_ends_in_good_order() {
    let world = World::new().await;
    let first = Operator::start(&world);
    first.leads().await;
    let second = Operator::start(&world);
    eventually("the second stands by", async || second.says("standing by")).await;
    // Both are ready, one leads.
    for operator in [&first, &second] {
        assert!(operator.page("/readyz").await.0.contains("204"));
        assert!(operator.page("/healthz").await.0.contains("204"));
    }
    assert_eq!(first.metric("phasma_operator_leader").await, Some(1.0));
    assert_eq!(second.metric("phasma_operator_leader").await, Some(0.0));

    world.create(&json!({})).await.expect("created");
    let gauge = |component: &str| {
        let of = &world.namespace;
        format!(
            "phasma_operator_component_ready{{resource_namespace=\"{of}\",resource=\"p\",component=\"{component}\"}}"
        )
    };
    eventually("the stores run", async || {
        kubelet::make_ready(&world).await;
        first.metric(&gauge("postgres")).await == Some(1.0)
    })
    .await;
    let writes = "phasma_operator_writes_total{kind=\"StatefulSet\",verb=\"apply\"}";
    assert!(first.metric(writes).await.is_some_and(|writes| writes >= 5.0));
    assert!(first.metric("phasma_operator_reconcile_duration_seconds_count").await > Some(0.0));
    assert_eq!(second.metric(&gauge("postgres")).await, None);
    world.delete().await;
    eventually("the gauges are gone", async || first.metric(&gauge("postgres")).await.is_none()).await;

    let before = holder(&world).await;
    first.stop().await;
    second.leads().await;
    assert_ne!(holder(&world).await, before);
    second.stop().await;
    assert_eq!(holder(&world).await, None);
}

#[tokio::test]
async fn a_frozen_leader_writes_nothing_when_it_wakes() {
    let world = World::new().await;
    let mut first = Operator::start(&world);
    first.leads().await;
    world.create(&json!({})).await.expect("created");
    eventually("Ready", async || {
        kubelet::make_ready(&world).await;
        world.condition("Ready").await.0 == "True"
    })
    .await;
    let second = Operator::start(&world);
    eventually("the second stands by", async || second.says("standing by")).await;
    first.signal(Signal::STOP);
    second.leads().await;
    world.api::<Deployment>().delete("p-api", &DeleteParams::background()).await.expect("deleted");
    eventually("the Deployment is back", async || world.exists::<Deployment>("p-api").await).await;
    // Now nobody is there to put this right but the former leader, who has a pass to do as soon as it wakes.
    second.signal(Signal::STOP);
    world.api::<Deployment>().delete("p-api", &DeleteParams::background()).await.expect("deleted");
    first.signal(Signal::CONT);
    assert!(!first.ends().await.success());
    eventually("it says why", async || first.says("leadership was lost")).await;
    assert!(!world.exists::<Deployment>("p-api").await, "a former leader wrote it");
}
