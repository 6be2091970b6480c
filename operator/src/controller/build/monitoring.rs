//! What Prometheus is told: a PodMonitor for each component whose metrics need no credentials, the platform's alerts,
//! and the way in for whoever scrapes.

use k8s_openapi::api::networking::v1::{NetworkPolicyIngressRule, NetworkPolicyPeer};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use phasma_crds::labels;
use phasma_domain::contract::ports;
use serde_json::{Value, json};

use super::meta;
use super::names::{Component, Stage};
use super::network::ingress_rule;
use super::object::{Kind, Object};
use crate::controller::model::Platform;

/// Where a component's metrics are.
struct Target {
    component: Component,
    port: (&'static str, u16),
    path: &'static str,
}

/// The other stores tell nothing without a password or a key, or have no such endpoint.
const TARGETS: [Target; 5] = [
    Target { component: Component::Api, port: ("http", ports::API), path: "/metrics" },
    Target { component: Component::Relay, port: ("admin", ports::WORKERS_ADMIN), path: "/metrics" },
    Target { component: Component::Consumers, port: ("admin", ports::WORKERS_ADMIN), path: "/metrics" },
    Target { component: Component::Connect, port: ("http", ports::CONNECT), path: "/metrics" },
    Target { component: Component::Redpanda, port: ("admin", ports::BROKER_ADMIN), path: "/public_metrics" },
];

/// An alert. Each has a page in docs/runbooks.
struct Alert {
    name: &'static str,
    /// `PODS` stands for what selects the platform's pods, `RESOURCE` for what selects the resource.
    expression: &'static str,
    /// For how long it must hold.
    pending: &'static str,
    severity: &'static str,
    summary: &'static str,
}

const ALERTS: [Alert; 8] = [
    Alert {
        name: "PhasmaNotReady",
        expression: "max(phasma_operator_resource_ready{RESOURCE}) == 0",
        pending: "15m",
        severity: "warning",
        summary: "The platform has not been Ready for 15 minutes.",
    },
    Alert {
        name: "PhasmaRelayStopped",
        expression: "(max(phasma_relay_streaming{PODS}) or vector(0)) == 0",
        pending: "5m",
        severity: "critical",
        summary: "No change leaves the database: feeds, notifications and search stand still.",
    },
    Alert {
        name: "PhasmaRelayLagging",
        expression: "histogram_quantile(0.9, sum by (le) (rate(phasma_relay_commit_to_broker_seconds_bucket{PODS}[5m]))) > 5",
        pending: "10m",
        severity: "warning",
        summary: "Changes take more than 5 seconds from the database to the broker.",
    },
    Alert {
        name: "PhasmaConsumersLagging",
        expression: "histogram_quantile(0.9, sum by (le, group) (rate(phasma_consumers_commit_to_effect_seconds_bucket{PODS}[5m]))) > 15",
        pending: "10m",
        severity: "warning",
        summary: "Group {{ $labels.group }} takes more than 15 seconds from a change to its effect.",
    },
    Alert {
        name: "PhasmaDeadLetters",
        // A counter's first value is no increase, so one that is new counts as a whole.
        expression: "sum by (group) (increase(phasma_consumers_dead_letters_total{PODS}[1h])) > 0 or sum by (group) (phasma_consumers_dead_letters_total{PODS} unless phasma_consumers_dead_letters_total{PODS} offset 1h) > 0",
        pending: "0m",
        severity: "warning",
        summary: "Group {{ $labels.group }} put events aside that it can't process.",
    },
    Alert {
        name: "PhasmaConsumersWaiting",
        expression: "max by (group) (phasma_consumers_waiting_partitions{PODS}) > 0",
        pending: "15m",
        severity: "warning",
        summary: "Group {{ $labels.group }} waits for a newer release that knows the events it met.",
    },
    Alert {
        name: "PhasmaApiErrors",
        expression: "sum(rate(phasma_api_request_duration_seconds_count{PODS,status=~\"5..\"}[5m])) / sum(rate(phasma_api_request_duration_seconds_count{PODS}[5m])) > 0.02",
        pending: "5m",
        severity: "critical",
        summary: "More than 2 % of the API's answers are errors of its own.",
    },
    Alert {
        name: "PhasmaOutboxRunsOut",
        expression: "min(phasma_outbox_partition_days_ahead{PODS}) < 2",
        pending: "1h",
        severity: "critical",
        summary: "The outbox has partitions for less than two days. After that every write fails.",
    },
];

pub(super) fn objects(platform: &Platform) -> Vec<Object> {
    let monitoring = &platform.monitoring;
    let present = platform.components();
    let targets =
        TARGETS.iter().filter(|target| monitoring.pod_monitor && present.contains(&target.component));
    let rule = monitoring.prometheus_rule.then(|| rule(platform));
    targets.map(|target| pod_monitor(platform, target)).chain(rule).collect()
}

/// The component's metrics may be read from the namespace of Prometheus.
pub(super) fn scrape_rule(platform: &Platform, component: Component) -> Option<NetworkPolicyIngressRule> {
    let target = TARGETS.iter().find(|target| target.component == component)?;
    let namespace = ("kubernetes.io/metadata.name".to_owned(), platform.monitoring.namespace.clone());
    let peer = NetworkPolicyPeer {
        namespace_selector: Some(LabelSelector {
            match_labels: Some([namespace].into()),
            ..LabelSelector::default()
        }),
        ..NetworkPolicyPeer::default()
    };
    platform.monitoring.pod_monitor.then(|| ingress_rule(Some(peer), target.port.1))
}

fn pod_monitor(platform: &Platform, target: &Target) -> Object {
    let metadata = metadata(platform, Some(target.component), platform.names.of(target.component));
    let spec = json!({
        "selector": {"matchLabels": meta::selector(platform, target.component)},
        "jobLabel": labels::COMPONENT,
        "podTargetLabels": [labels::INSTANCE],
        "podMetricsEndpoints": [{"port": target.port.0, "path": target.path}],
    });
    Object::untyped(Kind::PodMonitor, Stage::Foundation, &metadata, spec)
}

fn rule(platform: &Platform) -> Object {
    let instance = platform.names.instance();
    let rules: Vec<Value> = ALERTS.iter().map(|alert| alert.rule(platform)).collect();
    let spec = json!({"groups": [{"name": instance, "rules": rules}]});
    let metadata = metadata(platform, None, instance.to_owned());
    Object::untyped(Kind::PrometheusRule, Stage::Foundation, &metadata, spec)
}

fn metadata(platform: &Platform, component: Option<Component>, name: String) -> ObjectMeta {
    let mut metadata = meta::owned(platform, component, name);
    let mut labels = platform.monitoring.labels.clone();
    labels.extend(metadata.labels.take().unwrap_or_default());
    metadata.labels = Some(labels);
    metadata
}

impl Alert {
    fn rule(&self, platform: &Platform) -> Value {
        let (namespace, instance) = (&platform.namespace, platform.names.instance());
        // The label as Prometheus spells app.kubernetes.io/instance.
        let pods = format!("namespace=\"{namespace}\",app_kubernetes_io_instance=\"{instance}\"");
        let resource = format!("resource_namespace=\"{namespace}\",resource=\"{instance}\"");
        json!({
            "alert": self.name,
            "expr": self.expression.replace("PODS", &pods).replace("RESOURCE", &resource),
            "for": self.pending,
            "labels": {"severity": self.severity, "phasma": instance},
            "annotations": {
                "summary": self.summary,
                "runbook": format!("docs/runbooks/{}.md", self.name),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the programs name their metrics, and the operator its own.
    const SOURCES: [&str; 3] = [
        include_str!("../../../../workers/src/runtime/telemetry.rs"),
        include_str!("../../../../api-server/src/telemetry.rs"),
        include_str!("../readiness.rs"),
    ];

    /// Names in an expression that begin with `phasma_`, without what Prometheus appends to a histogram.
    fn metrics(expression: &str) -> Vec<String> {
        let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let names = words.filter(|word| word.starts_with("phasma_"));
        names.map(|name| name.trim_end_matches("_bucket").trim_end_matches("_count").to_owned()).collect()
    }

    #[test]
    fn alerts_look_at_metrics_that_exist() {
        for alert in &ALERTS {
            let metrics = metrics(alert.expression);
            assert!(!metrics.is_empty(), "{}", alert.name);
            for metric in metrics {
                let quoted = format!("\"{metric}\"");
                assert!(SOURCES.iter().any(|source| source.contains(&quoted)), "{}: {metric}", alert.name);
            }
        }
    }

    #[test]
    fn every_alert_has_a_runbook() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/runbooks");
        for alert in &ALERTS {
            let page = std::fs::read_to_string(format!("{folder}/{}.md", alert.name));
            let page = page.unwrap_or_else(|error| panic!("{}: {error}", alert.name));
            assert!(page.starts_with(&format!("# {}\n", alert.name)), "{}", alert.name);
            for part in ["## What it means", "## What to look at", "## What to do"] {
                assert!(page.contains(part), "{} lacks {part}", alert.name);
            }
        }
    }
}
