//! Jobs that try the external services: `phasma-workers check TARGET`, with the settings the programs get. What one
//! says when it fails becomes the message of the service's condition.

use phasma_domain::contract::broker::User;

use super::authorities;
use super::broker;
use super::cache;
use super::database::{self, Role};
use super::inputs::{Data, Inputs};
use super::names::{Component, Target};
use super::object::Object;
use super::object_storage::{self, Account};
use super::pod::Pod;
use super::search::{self, Key};
use super::workload::job;
use crate::controller::model::{Container, Platform};

pub(super) fn inputs(platform: &Platform, target: Target, inputs: &mut Inputs) {
    if let Some(name) = secret_name(platform, target) {
        inputs.secret(Component::Check(target), name, secret(platform, target));
    }
}

/// A service without a password needs no Secret.
fn secret_name(platform: &Platform, target: Target) -> Option<String> {
    (!secret(platform, target).is_empty()).then(|| platform.names.of(Component::Check(target)))
}

fn secret(platform: &Platform, target: Target) -> Data {
    let mut data = Data::new();
    match target {
        Target::Database => database::client_secret(platform, Role::Owner, &mut data),
        Target::Cache => cache::client_secret(platform, &mut data),
        Target::ObjectStorage => object_storage::client_secret(platform, Account::Provision, &mut data),
        Target::Search => search::client_secret(platform, Key::Master, &mut data),
        Target::Broker => broker::client_secret(platform, User::Provision, &mut data),
    }
    data
}

fn environment(platform: &Platform, target: Target) -> Vec<(&'static str, String)> {
    match target {
        Target::Database => Vec::new(),
        Target::Cache => cache::client_environment(platform),
        Target::ObjectStorage => object_storage::client_environment(platform),
        Target::Search => search::client_environment(platform),
        Target::Broker => broker::client_environment(platform),
    }
}

pub(super) fn check_job(
    platform: &Platform,
    inputs: &Inputs,
    container: &Container,
    target: Target,
) -> Object {
    let mut pod = Pod::new(Component::Check(target), container);
    pod.command = vec!["phasma-workers".to_owned()];
    pod.args = vec!["check".to_owned(), target.as_str().to_owned()];
    pod.env = environment(platform, target);
    pod.env_secret = secret_name(platform, target);
    pod.mounts.extend(authorities::mounts(platform, Component::Check(target)));
    job(platform, inputs, pod)
}
