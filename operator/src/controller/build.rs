//! [`Platform`] -> every object it consists of. Pure: no client, no clock, no randomness.

mod authorities;
mod autoscaling;
mod broker;
mod cache;
mod check;
mod connect;
mod database;
mod dragonfly;
mod exposure;
mod inputs;
mod meilisearch;
mod meta;
mod monitoring;
pub mod names;
mod network;
pub mod object;
mod object_storage;
mod overrides;
mod pod;
mod postgres;
mod programs;
mod redpanda;
mod revisions;
mod search;
mod seaweedfs;
mod workload;

#[cfg(test)]
mod tests;

use self::inputs::{Data, Inputs};
use self::names::{Component, Names, Target};
use self::object::Object;
use super::model::{Amounts, Container, DataService, Place, Platform};
use super::pki::Leaf;

/// Every object of the platform, in the order to apply them within a stage.
///
/// While an external service's Secret can't be used, whatever needs the service is left out.
pub fn build(platform: &Platform) -> Vec<Object> {
    let inputs = inputs(platform);
    let job = job_container(platform);
    let mut objects = inputs::roots(platform);
    objects.extend(revisions::objects(platform));
    objects.extend(stores(platform, &inputs));
    for component in known_components(platform) {
        objects.extend(programs(platform, &inputs, &job, component));
    }
    objects.extend(monitoring::objects(platform));
    objects.extend(network::policies(platform));
    objects.extend(inputs.objects(platform));
    objects.sort_by_key(|object| (object.stage, object.kind));
    objects
}

/// Services with certificates of the platform's own authority, and the names clients call them by.
pub fn leaves(instance: &str, namespace: &str) -> Vec<Leaf> {
    let names = Names::new(instance);
    let leaf = |component, further: Vec<String>| {
        let name = names.of(component);
        let mut hosts = vec![
            format!("{name}.{namespace}.svc"),
            format!("{name}.{namespace}.svc.cluster.local"),
            format!("{name}.{namespace}"),
            name,
        ];
        hosts.extend(further);
        Leaf { component, hosts }
    };
    let brokers = (0..redpanda::MOST_BROKERS).map(|ordinal| names.broker(ordinal)).collect();
    vec![leaf(Component::Postgres, Vec::new()), leaf(Component::Redpanda, brokers)]
}

/// False while the Secret of an external service is missing or malformed.
pub fn is_whole(platform: &Platform) -> bool {
    Target::ALL.into_iter().all(|target| !matches!(platform.place(target), Place::Unusable(_)))
}

/// External services that a component needs, and whose Secrets can't be used yet.
pub fn unusable(platform: &Platform, component: Component) -> impl Iterator<Item = Target> {
    network::called(component).filter(|target| matches!(platform.place(*target), Place::Unusable(_)))
}

/// Components that can be built: what they need is known.
fn known_components(platform: &Platform) -> impl Iterator<Item = Component> {
    let is_known = |component: &Component| unusable(platform, *component).next().is_none();
    platform.components().into_iter().filter(is_known)
}

fn inputs(platform: &Platform) -> Inputs {
    let mut inputs = Inputs::default();
    let authority = Data::from([("ca.crt".to_owned(), platform.pki.trusted())]);
    inputs.config(None, platform.names.trust(), authority);
    authorities::inputs(platform, &mut inputs);
    for component in known_components(platform) {
        match component {
            Component::Postgres => postgres::inputs(platform, &mut inputs),
            Component::Dragonfly => dragonfly::inputs(platform, &mut inputs),
            Component::Seaweedfs => seaweedfs::inputs(platform, &mut inputs),
            Component::Meilisearch => meilisearch::inputs(platform, &mut inputs),
            Component::Redpanda => {
                if let Some(brokers) = platform.broker.managed() {
                    redpanda::inputs(platform, brokers, &mut inputs);
                }
            }
            Component::Check(target) => check::inputs(platform, target, &mut inputs),
            Component::Connect => connect::inputs(platform, &mut inputs),
            program => programs::inputs(platform, program, &mut inputs),
        }
    }
    inputs
}

fn stores(platform: &Platform, inputs: &Inputs) -> Vec<Object> {
    let mut objects = Vec::new();
    if let Some(store) = platform.database.managed() {
        objects.extend(postgres::objects(platform, inputs, store));
    }
    if let Some(container) = platform.cache.managed() {
        objects.extend(dragonfly::objects(platform, inputs, container));
    }
    if let Some(store) = platform.object_storage.managed() {
        objects.extend(seaweedfs::objects(platform, inputs, store));
    }
    if let Some(store) = platform.search.as_ref().and_then(DataService::managed) {
        objects.extend(meilisearch::objects(platform, inputs, store));
    }
    if let Some(brokers) = platform.broker.managed() {
        objects.extend(redpanda::objects(platform, inputs, brokers));
    }
    objects
}

/// Objects of a component that is no store.
fn programs(platform: &Platform, inputs: &Inputs, job: &Container, component: Component) -> Vec<Object> {
    match component {
        Component::Check(target) => vec![check::check_job(platform, inputs, job, target)],
        Component::Migrate => vec![programs::migrate(platform, inputs)],
        Component::Provision => vec![programs::provision(platform, inputs, job)],
        Component::Relay => vec![programs::relay(platform, inputs)],
        Component::Consumers => programs::consumers(platform, inputs),
        Component::Api => programs::api(platform, inputs),
        Component::Connect => vec![connect::deployment(platform, inputs)],
        Component::Frontend => {
            programs::frontend(platform, inputs).into_iter().chain(exposure::objects(platform)).collect()
        }
        Component::BrokerUsers => {
            let brokers = platform.broker.managed().into_iter();
            brokers.map(|brokers| redpanda::users::job(platform, inputs, brokers)).collect()
        }
        Component::Postgres
        | Component::Dragonfly
        | Component::Seaweedfs
        | Component::Meilisearch
        | Component::Redpanda => Vec::new(),
    }
}

/// Jobs of the workers image are small and short.
fn job_container(platform: &Platform) -> Container {
    let amounts = |cpu: &str, memory: &str| Amounts { cpu: cpu.to_owned(), memory: memory.to_owned() };
    Container {
        image: platform.workers_image.clone(),
        requests: amounts("25m", "48Mi"),
        limits: amounts("1", "192Mi"),
    }
}
