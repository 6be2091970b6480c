//! Labels and metadata of every object.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use phasma_crds::labels;

use super::names::Component;
use crate::controller::model::Platform;

/// Labels of an object of a component, or of the platform as a whole.
pub(super) fn labels(platform: &Platform, component: Option<Component>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([
        (labels::NAME.to_owned(), labels::NAME_VALUE.to_owned()),
        (labels::INSTANCE.to_owned(), platform.names.instance().to_owned()),
        (labels::MANAGED_BY.to_owned(), labels::MANAGER.to_owned()),
    ]);
    if let Some(component) = component {
        labels.insert(labels::COMPONENT.to_owned(), component.as_str().to_owned());
    }
    labels
}

/// Labels that select a component's pods.
pub(super) fn selector(platform: &Platform, component: Component) -> BTreeMap<String, String> {
    let mut labels = labels(platform, Some(component));
    labels.remove(labels::MANAGED_BY);
    labels
}

/// Labels that select every pod of the platform.
pub(super) fn all_pods(platform: &Platform) -> BTreeMap<String, String> {
    let mut labels = labels(platform, None);
    labels.remove(labels::MANAGED_BY);
    labels
}

/// Metadata of an object that goes with the resource.
pub(super) fn owned(platform: &Platform, component: Option<Component>, name: String) -> ObjectMeta {
    ObjectMeta {
        name: Some(name),
        namespace: Some(platform.namespace.clone()),
        labels: Some(labels(platform, component)),
        owner_references: Some(vec![platform.owner.clone()]),
        ..ObjectMeta::default()
    }
}

/// Metadata of an object that outlives the resource under `Retain`. It says for which resource it was made, and one of
/// the same name takes it over.
pub(super) fn retained(platform: &Platform, component: Option<Component>, name: String) -> ObjectMeta {
    let made_for = BTreeMap::from([(labels::MADE_FOR.to_owned(), platform.owner.uid.clone())]);
    let owned = owned(platform, component, name);
    ObjectMeta {
        annotations: Some(made_for),
        owner_references: owned.owner_references.filter(|_| !platform.retain),
        ..owned
    }
}
