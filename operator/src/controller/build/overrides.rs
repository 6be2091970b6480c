//! What the resource says about pods, merged over the built ones. Security settings, containers and volumes are out of
//! reach: the set of fields is closed.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, NodeAffinity, PodSpec, PodTemplateSpec, Toleration, TopologySpreadConstraint,
};
use phasma_crds::spec::{self, PodOverrides, Spread};
use serde_json::Value;

use super::names::Component;
use super::pod::{selector, some};
use crate::controller::model::Platform;

pub(super) fn overridden(
    mut template: PodTemplateSpec,
    platform: &Platform,
    component: Component,
) -> PodTemplateSpec {
    let Some(overrides) = platform.overrides.get(&component) else { return template };
    if let Some(metadata) = &mut template.metadata {
        metadata.labels = merged(&overrides.labels, metadata.labels.take());
        metadata.annotations = merged(&overrides.annotations, metadata.annotations.take());
    }
    template.spec = template.spec.map(|pod| placed(pod, overrides, platform, component));
    template
}

/// What only the operator says.
const RESERVED: &str = "phasma.dev/";

/// Both; what is built wins.
fn merged(
    further: &BTreeMap<String, String>,
    built: Option<BTreeMap<String, String>>,
) -> Option<BTreeMap<String, String>> {
    let mut all = further.clone();
    all.retain(|name, _| !name.starts_with(RESERVED));
    all.extend(built.unwrap_or_default());
    (!all.is_empty()).then_some(all)
}

fn placed(pod: PodSpec, overrides: &PodOverrides, platform: &Platform, component: Component) -> PodSpec {
    let spread = |wanted: &Spread| constraint(wanted, platform, component);
    let constraints = overrides.topology_spread_constraints.iter().map(spread).collect();
    PodSpec {
        node_selector: (!overrides.node_selector.is_empty()).then(|| overrides.node_selector.clone()),
        tolerations: some(overrides.tolerations.iter().map(toleration).collect()),
        affinity: overrides.affinity.as_ref().and_then(|wanted| wanted.node_affinity.as_ref()).map(affinity),
        priority_class_name: overrides.priority_class_name.clone(),
        topology_spread_constraints: some(constraints).or(pod.topology_spread_constraints),
        ..pod
    }
}

fn toleration(wanted: &spec::Toleration) -> Toleration {
    Toleration {
        key: wanted.key.clone(),
        operator: wanted.operator.clone(),
        value: wanted.value.clone(),
        effect: wanted.effect.clone(),
        toleration_seconds: wanted.toleration_seconds,
    }
}

fn constraint(wanted: &Spread, platform: &Platform, component: Component) -> TopologySpreadConstraint {
    TopologySpreadConstraint {
        max_skew: wanted.max_skew,
        topology_key: wanted.topology_key.clone(),
        when_unsatisfiable: wanted.when_unsatisfiable.as_str().to_owned(),
        label_selector: Some(selector(platform, component)),
        ..TopologySpreadConstraint::default()
    }
}

/// Without empty lists: the API server drops them, and the pod would never look applied.
fn affinity(nodes: &NodeAffinity) -> Affinity {
    let mut value = serde_json::to_value(nodes).unwrap_or_default();
    drop_empty_lists(&mut value);
    let nodes = serde_json::from_value(value).unwrap_or_else(|_| nodes.clone());
    Affinity { node_affinity: Some(nodes), ..Affinity::default() }
}

fn drop_empty_lists(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, field| field.as_array().is_none_or(|list| !list.is_empty()));
            map.values_mut().for_each(drop_empty_lists);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_empty_lists),
        _ => {}
    }
}
