//! The rules of the definition, evaluated here as the API server does.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers, too")]

use phasma_crds::Phasma;
use serde_json::{Value, json};

fn phasma(name: &str, spec: &Value) -> Phasma {
    let mut merged = json!({"version": "0.1.0", "exposure": {"url": "http://localhost:8080"}});
    for (field, value) in spec.as_object().expect("a map") {
        merged[field] = value.clone();
    }
    let object = json!({"apiVersion": "phasma.dev/v1alpha1", "kind": "Phasma", "metadata": {"name": name}, "spec": merged});
    serde_json::from_value(object).expect("a resource")
}

fn refusal(spec: &Value) -> String {
    message(phasma("p", spec).validate_cel())
}

/// What was refused; empty if nothing was.
fn message<E: std::fmt::Display>(result: Result<(), E>) -> String {
    result.err().map(|errors| errors.to_string()).unwrap_or_default()
}

fn refusal_of_change(old: &Value, new: &Value) -> String {
    let result = phasma("p", new).validate_cel_update(&phasma("p", old));
    message(result)
}

#[test]
fn two_lines_of_spec_are_enough() {
    assert_eq!(refusal(&json!({})), "");
}

#[test]
fn contradictions_are_refused() {
    let external = json!({"secretRef": {"name": "db"}});
    let search = json!({"url": "http://search.example", "secretRef": {"name": "search"}});
    for (spec, expected) in [
        (json!({"database": {"managed": {}, "external": external}}), "managed or external"),
        (json!({"search": {"managed": {}, "disabled": true}}), "managed or disabled"),
        (json!({"broker": {"managed": {"replicas": 2}}}), "replicas: 1 or 3"),
        (json!({"search": {"external": search, "disabled": true}}), "external or disabled"),
        (json!({"search": {"managed": {}, "external": search}}), "managed or external"),
        (json!({"cache": {"managed": {}, "external": external}}), "managed or external"),
        (json!({"objectStorage": {"managed": {}, "external": bucket()}}), "managed or external"),
        (json!({"broker": {"managed": {}, "external": broker(&json!({}))}}), "managed or external"),
        (
            json!({"broker": {"external": broker(&json!({"tls": {"enabled": false, "caSecretRef": {"name": "ca"}}}))}}),
            "caSecretRef",
        ),
        (
            json!({"broker": {"external": broker(&json!({
                "tls": {"enabled": false}, "sasl": {"mechanism": "PLAIN", "secretRef": {"name": "s"}},
            }))}}),
            "PLAIN",
        ),
        (json!({"networkPolicy": {"externalCIDRs": ["10.0.0.0/8", "10.0.0.1"]}}), "externalCIDRs"),
        (json!({"networkPolicy": {"externalCIDRs": ["::::/64"]}}), "externalCIDRs"),
        (
            json!({"exposure": {"url": "http://x", "service": {"type": "ClusterIP", "nodePort": 30080}}}),
            "nodePort",
        ),
    ] {
        let refusal = refusal(&spec);
        assert!(refusal.contains(expected), "{spec}: {refusal}");
    }
}

fn bucket() -> Value {
    json!({"endpoint": "https://s3.example", "bucket": "photos", "secretRef": {"name": "s3"}})
}

fn broker(more: &Value) -> Value {
    let mut broker = json!({"bootstrapServers": ["kafka.example:9092"]});
    for (field, value) in more.as_object().expect("a map") {
        broker[field] = value.clone();
    }
    broker
}

#[test]
fn external_services_are_taken() {
    let reference = json!({"secretRef": {"name": "s"}});
    let spec = json!({
        "database": {"external": reference},
        "cache": {"external": reference},
        "objectStorage": {"external": bucket()},
        "search": {"external": {"url": "http://search.example", "secretRef": {"name": "s"}}},
        "broker": {"external": broker(&json!({"topicPrefix": "photos.", "tls": {"caSecretRef": {"name": "ca"}}}))},
        "networkPolicy": {"externalCIDRs": ["10.20.0.0/16", "2001:db8::/32"]},
    });
    assert_eq!(refusal(&spec), "");
}

#[test]
fn a_way_in_is_one_and_has_a_host_to_route_by() {
    let exposure = |fields: &Value| {
        let mut exposure = json!({"url": "https://photos.example.org:8443"});
        for (field, value) in fields.as_object().expect("a map") {
            exposure[field] = value.clone();
        }
        refusal(&json!({"exposure": exposure}))
    };
    let gateway = json!({"parentRefs": [{"name": "public"}]});
    assert_eq!(exposure(&json!({"ingress": {}})), "");
    assert_eq!(exposure(&json!({"gateway": gateway})), "");
    assert!(exposure(&json!({"ingress": {}, "gateway": gateway})).contains("ingress, gateway"));
    let by_number = json!({"url": "http://192.0.2.7:8080", "ingress": {}});
    assert!(exposure(&by_number).contains("url: must name a host"));
    assert_eq!(exposure(&json!({"url": "http://192.0.2.7:8080"})), "");
    assert_eq!(exposure(&json!({"trustedProxies": ["10.0.0.0/8", "fd00::/8"]})), "");
    for wrong in ["10.0.0.1", "10.0.0.0/33", "proxy"] {
        let refusal = exposure(&json!({"trustedProxies": ["10.0.0.0/8", wrong]}));
        assert!(refusal.contains("trustedProxies"), "{wrong}: {refusal}");
    }
}

#[test]
fn replicas_are_fixed_or_follow_the_load() {
    let bounds = |least: i32, most: i32| json!({"minReplicas": least, "maxReplicas": most});
    assert_eq!(refusal(&json!({"api": {"autoscaling": bounds(2, 5)}, "frontend": {"replicas": 2}})), "");
    for program in ["api", "frontend"] {
        let both = json!({"replicas": 2, "autoscaling": bounds(2, 5)});
        assert!(refusal(&json!({program: both})).contains("replicas, autoscaling"), "{program}");
    }
    let consumers = |consumers: &Value| refusal(&json!({"workers": {"consumers": consumers}}));
    assert!(
        consumers(&json!({"replicas": 1, "autoscaling": bounds(1, 2)})).contains("replicas, autoscaling")
    );
    assert!(consumers(&json!({"autoscaling": bounds(1, 13)})).contains("autoscaling.maxReplicas"));
    assert!(refusal(&json!({"api": {"autoscaling": bounds(5, 2)}})).contains("minReplicas"));
}

#[test]
fn tolerations_make_sense() {
    let toleration =
        |toleration: &Value| refusal(&json!({"api": {"podOverrides": {"tolerations": [toleration]}}}));
    assert_eq!(toleration(&json!({"key": "dedicated", "value": "photos", "effect": "NoSchedule"})), "");
    assert_eq!(toleration(&json!({"operator": "Exists"})), "");
    for (wrong, field) in [
        (json!({"value": "photos"}), "key"),
        (json!({"key": "dedicated", "operator": "Exists", "value": "photos"}), "value"),
        (json!({"key": "dedicated", "effect": "NoSchedule", "tolerationSeconds": 5}), "tolerationSeconds"),
    ] {
        let refusal = toleration(&wrong);
        assert!(refusal.contains(&format!("{field}: ")), "{wrong}: {refusal}");
    }
}

#[test]
fn names_leave_room_for_the_names_of_objects() {
    let refusal = |name: &str| message(phasma(name, &json!({})).validate_cel());
    assert_eq!(refusal(&"p".repeat(40)), "");
    assert!(refusal(&"p".repeat(41)).contains("metadata.name"));
    assert!(refusal("with.dot").contains("metadata.name"));
    assert!(refusal("0digit").contains("metadata.name"));
}

#[test]
fn storage_only_grows() {
    let size = |size: &str| json!({"database": {"managed": {"storage": {"size": size}}}});
    assert_eq!(refusal_of_change(&size("10Gi"), &size("20Gi")), "");
    assert_eq!(refusal_of_change(&size("1Gi"), &size("1024Mi")), "");
    assert!(refusal_of_change(&size("10Gi"), &size("5Gi")).contains("only grow"));
}

#[test]
fn what_holds_data_is_not_swapped() {
    let class = |class: &str| json!({"broker": {"managed": {"storage": {"storageClassName": class}}}});
    assert!(refusal_of_change(&class("fast"), &class("slow")).contains("storageClassName"));
    let external = json!({"database": {"external": {"secretRef": {"name": "db"}}}});
    assert!(refusal_of_change(&json!({}), &external).contains("external"));
    assert!(refusal_of_change(&external, &json!({})).contains("external"));
    let brokers = |replicas: u8| json!({"broker": {"managed": {"replicas": replicas}}});
    assert!(refusal_of_change(&brokers(1), &brokers(3)).contains("replicas: the number of brokers"));
    assert!(refusal_of_change(&json!({}), &brokers(3)).contains("replicas: the number of brokers"));
    assert_eq!(refusal_of_change(&json!({}), &brokers(1)), "");
    let bucket = json!({"objectStorage": {"external": bucket()}});
    assert!(refusal_of_change(&json!({}), &bucket).contains("pictures"));
    assert!(refusal_of_change(&bucket, &json!({})).contains("pictures"));
    let prefixed = |more: &Value| json!({"broker": {"external": broker(more)}});
    assert!(refusal_of_change(&json!({}), &prefixed(&json!({}))).contains("broker"));
    assert!(refusal_of_change(&prefixed(&json!({})), &json!({})).contains("broker"));
    let photos = prefixed(&json!({"topicPrefix": "photos."}));
    assert_eq!(refusal_of_change(&photos, &photos), "");
    for other in [json!({}), json!({"topicPrefix": "other."})] {
        assert!(refusal_of_change(&photos, &prefixed(&other)).contains("topicPrefix"));
    }
    let search = json!({"search": {"external": {"url": "http://s.example", "secretRef": {"name": "s"}}}});
    assert_eq!(refusal_of_change(&json!({}), &search), "");
    assert_eq!(refusal_of_change(&search, &json!({"search": {"disabled": true}})), "");
}

#[test]
fn a_cache_may_move() {
    let external = json!({"cache": {"external": {"secretRef": {"name": "cache"}}}});
    assert_eq!(refusal_of_change(&json!({}), &external), "");
    assert_eq!(refusal_of_change(&external, &json!({})), "");
}
