//! [`Platform`] -> every object it consists of. Pure: no client, no clock, no randomness.

mod connect;
mod database;
mod dragonfly;
mod inputs;
mod meilisearch;
mod meta;
pub mod names;
mod network;
pub mod object;
mod pod;
mod postgres;
mod programs;
mod redpanda;
mod seaweedfs;
mod workload;

#[cfg(test)]
mod tests;

use self::inputs::{Data, Inputs};
use self::names::{Component, Names};
use self::object::Object;
use super::model::{Amounts, Container, Database, External, Platform};
use super::pki::Leaf;

/// Every object of the platform, in the order to apply them within a stage.
///
/// While an external database's Secret can't be used, whatever needs the database is left out.
pub fn build(platform: &Platform) -> Vec<Object> {
    let inputs = inputs(platform);
    let job = job_container(platform);
    let mut objects = inputs::roots(platform);
    objects.extend(stores(platform, &inputs, &job));
    if has_database(platform) {
        objects.push(programs::migrate(platform, &inputs));
        objects.push(programs::provision(platform, &inputs, &job));
        objects.push(programs::relay(platform, &inputs));
        objects.extend(programs::consumers(platform, &inputs));
        objects.extend(programs::api(platform, &inputs));
        objects.push(connect::deployment(platform, &inputs));
        objects.extend(programs::frontend(platform, &inputs));
    }
    objects.extend(network::policies(platform));
    objects.extend(inputs.objects(platform));
    objects.sort_by_key(|object| (object.stage, object.kind));
    objects
}

/// Services with certificates of the platform's own authority, and the names clients call them by.
pub fn leaves(instance: &str, namespace: &str) -> Vec<Leaf> {
    let names = Names::new(instance);
    let leaf = |component| {
        let name = names.of(component);
        let hosts = vec![
            format!("{name}.{namespace}.svc"),
            format!("{name}.{namespace}.svc.cluster.local"),
            format!("{name}.{namespace}"),
            name,
        ];
        Leaf { component, hosts }
    };
    vec![leaf(Component::Postgres), leaf(Component::Redpanda)]
}

/// False while the Secret of an external database is missing or malformed.
pub fn has_database(platform: &Platform) -> bool {
    !matches!(platform.database, Database::External(External::Unusable(_)))
}

fn inputs(platform: &Platform) -> Inputs {
    let mut inputs = Inputs::default();
    match &platform.database {
        Database::Managed(_) => postgres::inputs(platform, &mut inputs),
        Database::External(External::Known(_)) => database::check_inputs(platform, &mut inputs),
        Database::External(External::Unusable(_)) => {}
    }
    dragonfly::inputs(platform, &mut inputs);
    seaweedfs::inputs(platform, &mut inputs);
    if platform.search.is_some() {
        meilisearch::inputs(platform, &mut inputs);
    }
    redpanda::inputs(platform, &mut inputs);
    inputs.config(None, platform.names.trust(), trust(platform));
    if has_database(platform) {
        programs::inputs(platform, &mut inputs);
        connect::inputs(platform, &mut inputs);
    }
    inputs
}

fn stores(platform: &Platform, inputs: &Inputs, job: &Container) -> Vec<Object> {
    let mut objects = match &platform.database {
        Database::Managed(store) => postgres::objects(platform, inputs, store),
        Database::External(External::Known(_)) => vec![database::check_job(platform, inputs, job)],
        Database::External(External::Unusable(_)) => Vec::new(),
    };
    objects.extend(dragonfly::objects(platform, inputs));
    objects.extend(seaweedfs::objects(platform, inputs));
    if let Some(store) = &platform.search {
        objects.extend(meilisearch::objects(platform, inputs, store));
    }
    objects.extend(redpanda::objects(platform, inputs));
    objects
}

/// Certificates that pods trust, one file each.
fn trust(platform: &Platform) -> Data {
    let mut data = Data::from([("ca.crt".to_owned(), platform.pki.trusted())]);
    if let Database::External(External::Known(external)) = &platform.database
        && let Some(ca) = &external.ca
    {
        data.insert(database::EXTERNAL_CA.to_owned(), ca.clone());
    }
    data
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
