//! Certificate authorities of external services. Each is a ConfigMap of its own that only those mount who call the
//! service: one that changes or goes away concerns nobody else.

use super::inputs::{Data, Inputs};
use super::names::{Component, Target};
use super::network;
use super::pod::{self, Mount};
use crate::controller::model::Platform;

const KEY: &str = "ca.crt";

pub(super) fn inputs(platform: &Platform, inputs: &mut Inputs) {
    for target in Target::ALL {
        if let Some(authority) = platform.authority(target) {
            let data = Data::from([(KEY.to_owned(), authority.to_owned())]);
            inputs.config(None, platform.names.authority(target), data);
        }
    }
}

/// The authorities of the services that `component` calls.
pub(super) fn mounts(platform: &Platform, component: Component) -> Vec<Mount> {
    let mount = |target: Target| {
        let (name, directory) = place(target);
        platform.authority(target).map(|_| pod::config(name, platform.names.authority(target), directory))
    };
    network::called(component).filter_map(mount).collect()
}

/// Where pods find the authority of an external service, if its Secret brings one.
pub(super) fn file(platform: &Platform, target: Target) -> Option<String> {
    platform.authority(target).map(|_| format!("{}/{KEY}", place(target).1))
}

/// Volume and directory.
fn place(target: Target) -> (&'static str, &'static str) {
    match target {
        Target::Database => ("ca-database", "/etc/phasma/ca-database"),
        Target::Cache => ("ca-cache", "/etc/phasma/ca-cache"),
        Target::ObjectStorage => ("ca-object-storage", "/etc/phasma/ca-object-storage"),
        Target::Search => ("ca-search", "/etc/phasma/ca-search"),
        Target::Broker => ("ca-broker", "/etc/phasma/ca-broker"),
    }
}
