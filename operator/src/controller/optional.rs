//! Kinds of other products, which a cluster may lack. What needs a missing one is left out and told about; all else
//! goes on, and the kind is used as soon as it is there.

use std::collections::BTreeMap;

use super::build::object::{Kind, Object};

/// Kinds that can't be used now, and why.
pub type Unusable = BTreeMap<Kind, String>;

/// What is said about a kind whose list failed.
pub fn reason(kind: Kind, error: &kube::Error) -> String {
    let resource = kind.api_resource();
    match error {
        kube::Error::Api(status) if status.code == 404 => {
            format!("the cluster has no {} ({})", resource.kind, resource.api_version)
        }
        error => format!("{} ({}) can't be listed: {error}", resource.kind, resource.api_version),
    }
}

/// Takes the objects of unusable kinds out, and says which fields have no effect therefore.
pub fn withhold(objects: &mut Vec<Object>, unusable: &Unusable) -> Vec<String> {
    let wanted = |kind: &Kind| objects.iter().any(|object| object.kind == *kind);
    let missed = unusable.iter().filter(|(kind, _)| wanted(kind));
    let messages = missed.map(|(kind, why)| format!("{} has no effect yet: {why}", field(*kind))).collect();
    objects.retain(|object| !unusable.contains_key(&object.kind));
    messages
}

fn field(kind: Kind) -> &'static str {
    match kind {
        Kind::HttpRoute => "spec.exposure.gateway",
        Kind::PodMonitor => "spec.monitoring.podMonitor",
        Kind::PrometheusRule => "spec.monitoring.prometheusRule",
        _ => "the spec",
    }
}
