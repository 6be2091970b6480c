//! What the operator costs, on an API server alone: `make bench-operator`. A tiny form runs among the tests, untimed, so
//! that this doesn't rot. Times depend on the machine, on what else it does, and on the unoptimised build; counts don't.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::iter;
use kube::core::DeserializeGuard;
use phasma_operator::controller::{Context, reconcile, watch};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::clients::Requests;
use crate::kubelet;
use crate::process::{Operator, kubeconfig};
use crate::support::{World, catalogue, config, eventually};

/// As many as the controller looks after at the same time.
const AT_ONCE: usize = 4;
/// Converged passes measured over each resource.
const PASSES: usize = 3;

const TARGET_PASS: Duration = Duration::from_secs(1);
const TARGET_MEMORY_ONE_MIB: f64 = 32.0;
const TARGET_MEMORY_HUNDRED_MIB: f64 = 64.0;

type Counts = BTreeMap<&'static str, usize>;

struct Figures {
    resources: usize,
    /// Of passes that brought the resources up, and of passes that found nothing to do; sorted.
    rolling: Vec<Duration>,
    converged: Vec<Duration>,
    rolling_requests: Counts,
    converged_requests: Counts,
    /// A controller that starts over converged resources.
    start: Duration,
    start_requests: Counts,
    memory_mib: f64,
}

struct Bench {
    requests: Requests,
    context: Arc<Context>,
}

impl Bench {
    async fn new() -> Self {
        let requests = Requests::default();
        let context = Arc::new(Context::new(requests.client(config().await), catalogue()));
        Self { requests, context }
    }

    async fn pass(&self, world: &World) -> Duration {
        let guard = Arc::new(DeserializeGuard(Ok(world.phasma().await)));
        let started = Instant::now();
        reconcile(guard, self.context.clone()).await.expect("a good pass");
        started.elapsed()
    }

    /// From nothing to Ready: the times of the passes it took.
    async fn bring_up(&self, world: &World) -> Vec<Duration> {
        world.create(&json!({})).await.expect("created");
        let mut times = Vec::new();
        while world.condition("Ready").await.0 != "True" {
            assert!(times.len() < 100, "{:?}", world.condition("Ready").await);
            times.push(self.pass(world).await);
            kubelet::make_ready(world).await;
        }
        times
    }

    async fn converged(&self, world: &World) -> Vec<Duration> {
        let mut times = Vec::new();
        for _ in 0..PASSES {
            times.push(self.pass(world).await);
        }
        times
    }

    /// Until every resource had a pass.
    async fn start(&self, namespace: Option<&str>, resources: usize) -> Duration {
        let client = self.requests.client(config().await);
        let stop = CancellationToken::new();
        let started = Instant::now();
        let context = Arc::new(Context::new(client.clone(), catalogue()));
        let passes = watch::run(&client, namespace, context, stop.clone());
        passes.take(resources).for_each(|()| std::future::ready(())).await;
        started.elapsed()
    }
}

/// The times of work over each, several at once.
async fn sorted<'a, W>(worlds: &'a [World], work: impl Fn(&'a World) -> W) -> Vec<Duration>
where
    W: Future<Output = Vec<Duration>>,
{
    let mut times = iter(worlds).map(work).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.concat();
    times.sort();
    times
}

/// `namespace` narrows the controllers to one namespace, where other tests use the same API server.
async fn measure(worlds: &[World], namespace: Option<&str>) -> Figures {
    let bench = Bench::new().await;
    let rolling = sorted(worlds, |world| bench.bring_up(world)).await;
    let rolling_requests = bench.requests.take();
    // What the last pass found to do is done here.
    sorted(worlds, |world| bench.converged(world)).await;
    bench.requests.take();
    let converged = sorted(worlds, |world| bench.converged(world)).await;
    let converged_requests = bench.requests.take();
    let start = bench.start(namespace, worlds.len()).await;
    let start_requests = bench.requests.take();
    let memory_mib = memory(&worlds[0], namespace, worlds.len()).await;
    Figures {
        resources: worlds.len(),
        rolling,
        converged,
        rolling_requests,
        converged_requests,
        start,
        start_requests,
        memory_mib,
    }
}

/// Resident memory of the process once it has looked at every resource.
async fn memory(home: &World, namespace: Option<&str>, resources: usize) -> f64 {
    let operator = Operator::start_with_lease(&kubeconfig(home, None), namespace, "bench");
    operator.leads().await;
    let resources = f64::from(u32::try_from(resources).expect("few"));
    eventually("every resource had a pass", async || {
        operator.metric("phasma_operator_reconcile_duration_seconds_count").await >= Some(resources)
    })
    .await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", operator.pid())).expect("running");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
    let kib: f64 = resident.trim().trim_end_matches("kB").trim().parse().expect("a number");
    operator.stop().await;
    kib / 1024.0
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}

fn times(sorted: &[Duration]) -> String {
    let ms = |percent| format!("{:.0} ms", percentile(sorted, percent).as_secs_f64() * 1000.0);
    format!("{} / {}", ms(50), ms(99))
}

fn each(counts: &Counts, of: usize) -> String {
    let average = |sort: &str| {
        let count = counts.get(sort).copied().unwrap_or(0);
        format!(
            "{:.1} {sort}",
            f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / f64::from(u32::try_from(of).unwrap_or(1))
        )
    };
    ["get", "list", "write"].map(average).join(", ")
}

fn verdict(holds: bool) -> &'static str {
    if holds { "met" } else { "**missed**" }
}

fn table(figures: &[Figures]) -> String {
    let mut table = "| resources | what | figure | target |\n|---|---|---|---|\n".to_owned();
    for f in figures {
        let within =
            |sorted: &[Duration]| format!("p99 < 1 s: {}", verdict(percentile(sorted, 99) < TARGET_PASS));
        let memory_target = if f.resources == 1 { TARGET_MEMORY_ONE_MIB } else { TARGET_MEMORY_HUNDRED_MIB };
        let writes = f.converged_requests.get("write").copied().unwrap_or(0);
        let start = f.start_requests.iter().map(|(sort, count)| format!("{count} {sort}"));
        let rows = [
            ("pass while rolling out, p50 / p99", times(&f.rolling), within(&f.rolling)),
            ("converged pass, p50 / p99", times(&f.converged), within(&f.converged)),
            (
                "requests of a pass while rolling out",
                each(&f.rolling_requests, f.rolling.len()),
                String::new(),
            ),
            (
                "requests of a converged pass",
                each(&f.converged_requests, f.converged.len()),
                format!("0 writes: {}", verdict(writes == 0)),
            ),
            (
                "passes, writes until Ready, each",
                format!(
                    "{} passes, {}",
                    f.rolling.len() / f.resources,
                    each(&f.rolling_requests, f.resources)
                ),
                String::new(),
            ),
            (
                "start over converged resources",
                format!("{:.1} s: {}", f.start.as_secs_f64(), start.collect::<Vec<_>>().join(", ")),
                String::new(),
            ),
            (
                "resident memory of the process",
                format!("{:.1} MiB", f.memory_mib),
                format!("< {memory_target} MiB: {}", verdict(f.memory_mib < memory_target)),
            ),
        ];
        for (what, figure, target) in rows {
            let _ = writeln!(table, "| {} | {what} | {figure} | {target} |", f.resources);
        }
    }
    table
}

async fn worlds(count: usize) -> Vec<World> {
    iter(0..count).map(|_| World::new()).buffer_unordered(AT_ONCE).collect().await
}

#[tokio::test]
async fn a_tiny_bench_runs_and_a_converged_pass_writes_nothing() {
    let worlds = worlds(1).await;
    let figures = measure(&worlds, Some(&worlds[0].namespace)).await;
    assert_eq!(figures.converged.len(), PASSES);
    assert_eq!(figures.converged_requests.get("write"), None);
    assert_eq!(figures.start_requests.get("write"), None);
    assert!(figures.rolling_requests["write"] > 50);
    let table = table(&[figures]);
    assert!(table.contains("| 1 | requests of a converged pass |"), "{table}");
    assert!(table.contains("0 writes: met"), "{table}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes, and has the API server to itself: make bench-operator"]
#[allow(clippy::print_stdout, reason = "the table is what a bench is for")]
async fn hundred_resources() {
    let one = worlds(1).await;
    let hundred = worlds(100).await;
    let first = measure(&one, Some(&one[0].namespace)).await;
    println!("{}", table(&[first, measure(&hundred, None).await]));
}
