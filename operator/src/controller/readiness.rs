//! Gauges of every resource and its components, read from the resources themselves when somebody asks: those of a
//! resource that is gone go with it, and nobody has to remember.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use kube::ResourceExt;
use kube::core::DeserializeGuard;
use kube::runtime::reflector::Store;
use phasma_crds::{Phasma, PhasmaStatus};

/// Names of the gauges; the table of metrics says what they mean.
pub const RESOURCE_READY: &str = "phasma_operator_resource_ready";
pub const COMPONENT_READY: &str = "phasma_operator_component_ready";

/// The resources that the controllers watch, as they were last seen.
#[derive(Default)]
pub struct Resources(Mutex<Vec<Store<DeserializeGuard<Phasma>>>>);

impl Resources {
    pub(super) fn add(&self, store: Store<DeserializeGuard<Phasma>>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(store);
    }

    /// In the text format of Prometheus; empty while nothing is watched.
    pub fn render(&self) -> String {
        let stores = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let resources: Vec<_> = stores.iter().flat_map(Store::state).collect();
        let phasmas = || resources.iter().filter_map(|resource| resource.0.as_ref().ok());
        gauge(RESOURCE_READY, phasmas().map(resource_line).collect())
            + &gauge(COMPONENT_READY, phasmas().map(component_lines).collect())
    }
}

fn gauge(name: &str, lines: String) -> String {
    if lines.is_empty() { lines } else { format!("# TYPE {name} gauge\n{lines}") }
}

fn resource_line(phasma: &Phasma) -> String {
    let ready = phasma.status.as_ref().is_some_and(PhasmaStatus::is_ready);
    format!("{RESOURCE_READY}{{{}}} {}\n", labels(phasma), u8::from(ready))
}

fn component_lines(phasma: &Phasma) -> String {
    let mut lines = String::new();
    for component in phasma.status.iter().flat_map(|status| &status.components) {
        let (name, labels) = (&component.name, labels(phasma));
        let ready = u8::from(component.ready >= component.desired.max(1));
        let _ = writeln!(lines, "{COMPONENT_READY}{{{labels},component=\"{name}\"}} {ready}");
    }
    lines
}

/// Not called `namespace`: that is the scraped pod's. Such names hold nothing that had to be escaped.
fn labels(phasma: &Phasma) -> String {
    let namespace = phasma.namespace().unwrap_or_default();
    format!("resource_namespace=\"{namespace}\",resource=\"{}\"", phasma.name_any())
}

#[cfg(test)]
mod tests {
    use kube::runtime::reflector::store;
    use kube::runtime::watcher::Event;
    use serde_json::json;

    use super::*;

    fn phasma() -> DeserializeGuard<Phasma> {
        let component = |name: &str, ready: i32, desired: i32| json!({"name": name, "ready": ready, "desired": desired, "image": "image"});
        let phasma = serde_json::from_value(json!({
            "apiVersion": "phasma.dev/v1alpha1", "kind": "Phasma",
            "metadata": {"name": "p", "namespace": "n"},
            "spec": {"version": "0.1.0", "exposure": {"url": "http://localhost"}},
            "status": {"components": [component("api", 2, 2), component("relay", 0, 1), component("check", 0, 0)]},
        }));
        DeserializeGuard(Ok(phasma.expect("a resource")))
    }

    #[test]
    fn components_come_and_go_with_their_resource() {
        let (reader, mut writer) = store();
        let resources = Resources::default();
        assert_eq!(resources.render(), "");
        resources.add(reader);
        writer.apply_watcher_event(&Event::Apply(phasma()));
        let expected = "# TYPE phasma_operator_resource_ready gauge\n\
            phasma_operator_resource_ready{resource_namespace=\"n\",resource=\"p\"} 0\n\
            # TYPE phasma_operator_component_ready gauge\n\
            phasma_operator_component_ready{resource_namespace=\"n\",resource=\"p\",component=\"api\"} 1\n\
            phasma_operator_component_ready{resource_namespace=\"n\",resource=\"p\",component=\"relay\"} 0\n\
            phasma_operator_component_ready{resource_namespace=\"n\",resource=\"p\",component=\"check\"} 0\n";
        assert_eq!(resources.render(), expected);
        writer.apply_watcher_event(&Event::Delete(phasma()));
        assert_eq!(resources.render(), "");
    }
}
