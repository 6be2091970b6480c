//! Spec and referenced objects -> [`Platform`]. Applies every default; fails before anything is made.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Resource, ResourceExt};
use phasma_crds::spec::{self, DeletionPolicy, ManagedBroker, ManagedStore, PodOverrides, Resources};
use phasma_crds::{Phasma, PhasmaSpec};
use serde_json::Value;
use thiserror::Error;

use super::build::names::{Component, Names, Target};
use super::build::object::{Key, Kind, hash};
use super::course;
use super::dereference::Dereferenced;
use super::external::{self, Secrets, service};
use super::model::{
    Amounts, Brokers, Container, DataService, Exposure, ExternalBroker, ExternalCache, ExternalDatabase,
    ExternalObjectStorage, ExternalSearch, Images, Platform, Scale, Store, Workload,
};
use super::revision::{History, Record, Revision};
use crate::catalogue::{Catalogue, Release};
use crate::quantity;

/// The resource can't become a platform until someone changes it.
#[derive(Debug, Error)]
pub enum Invalid {
    #[error("spec.version: {version} is unknown; this operator knows {known}")]
    UnknownVersion { version: String, known: String },
    /// There is no way from the version that runs.
    #[error("{0}")]
    Step(String),
    #[error("{0}")]
    Rules(String),
    #[error("the resource has no namespace or uid")]
    NotStored,
}

/// Processor and memory a component asks for, and may use at most, unless the resource says otherwise.
struct Defaults {
    requests: (&'static str, &'static str),
    limits: (&'static str, &'static str),
}

const POSTGRES: Defaults = Defaults { requests: ("50m", "256Mi"), limits: ("2", "512Mi") };
const DRAGONFLY: Defaults = Defaults { requests: ("25m", "320Mi"), limits: ("1", "384Mi") };
const SEAWEEDFS: Defaults = Defaults { requests: ("25m", "192Mi"), limits: ("2", "512Mi") };
const MEILISEARCH: Defaults = Defaults { requests: ("25m", "192Mi"), limits: ("2", "512Mi") };
const REDPANDA: Defaults = Defaults { requests: ("100m", "1Gi"), limits: ("2", "1Gi") };
const CONNECT: Defaults = Defaults { requests: ("25m", "96Mi"), limits: ("1", "384Mi") };
const RELAY: Defaults = Defaults { requests: ("25m", "48Mi"), limits: ("1", "192Mi") };
const CONSUMERS: Defaults = Defaults { requests: ("25m", "64Mi"), limits: ("1", "256Mi") };
/// A picture of 50 megapixels takes 768 MiB while it is decoded, in a process beside the server.
const API: Defaults = Defaults { requests: ("50m", "128Mi"), limits: ("2", "1280Mi") };
const FRONTEND: Defaults = Defaults { requests: ("25m", "96Mi"), limits: ("1", "256Mi") };

const DATABASE_SIZE: &str = "10Gi";
const OBJECT_STORAGE_SIZE: &str = "50Gi";
const SEARCH_SIZE: &str = "5Gi";
const BROKER_SIZE: &str = "10Gi";

/// Seconds.
const PROGRESS_DEADLINE: i32 = 600;

/// The platform that a resource asks for, or what it is held at.
pub fn validate(
    phasma: &Phasma,
    dereferenced: &Dereferenced,
    catalogue: &Catalogue,
) -> Result<Platform, Invalid> {
    let history = History::of(&dereferenced.live);
    let course = course::plot(phasma, &history, catalogue, dereferenced.is_rotating())?;
    platform(phasma, dereferenced, &course.target.revision, course.records())
}

/// What a revision becomes on the resource `phasma`.
pub fn platform(
    phasma: &Phasma,
    dereferenced: &Dereferenced,
    revision: &Revision,
    revisions: Vec<Record>,
) -> Result<Platform, Invalid> {
    let (spec, release, secrets) = (&revision.spec, &revision.release, &dereferenced.external);
    let own = |program: &str, image: &Option<String>| {
        image.clone().unwrap_or_else(|| release.own_image(spec.images.registry.as_deref(), program))
    };
    let workers_image = own("workers", &spec.workers.image);
    Ok(Platform {
        names: Names::new(&phasma.name_any()),
        namespace: phasma.namespace().ok_or(Invalid::NotStored)?,
        owner: owner(phasma)?,
        version: release.version.to_string(),
        revisions,
        progress_deadline: progress_deadline(&phasma.spec.upgrade),
        retain: phasma.spec.deletion_policy == DeletionPolicy::Retain,
        images: images(&spec.images),
        signups: spec.signups,
        public_origin: spec.exposure.url.clone(),
        service: spec.exposure.service.clone(),
        exposure: exposure(&spec.exposure),
        monitoring: spec.monitoring.clone(),
        overrides: overrides(spec),
        network_policy: spec.network_policy.enabled,
        external_cidrs: spec.network_policy.external_cidrs.clone(),
        database: database(&spec.database, release, secrets),
        parameters: spec.database.managed.clone().unwrap_or_default().parameters,
        cache: cache(&spec.cache, release, secrets),
        object_storage: object_storage(&spec.object_storage, release, secrets),
        search: search(&spec.search, release, secrets),
        broker: broker(&spec.broker, release, secrets),
        connect: container(
            spec.pipelines.connect.image.clone().unwrap_or_else(|| release.images.connect.clone()),
            &spec.pipelines.connect.resources,
            &CONNECT,
        ),
        relay: container(workers_image.clone(), &spec.workers.relay.resources, &RELAY),
        consumers: Workload {
            container: container(workers_image.clone(), &spec.workers.consumers.resources, &CONSUMERS),
            scale: scale(spec.workers.consumers.replicas, spec.workers.consumers.autoscaling.as_ref()),
        },
        api: Workload {
            container: container(own("api", &spec.api.image), &spec.api.resources, &API),
            scale: scale(spec.api.replicas, spec.api.autoscaling.as_ref()),
        },
        api_config: spec.api.config.clone(),
        frontend: Workload {
            container: container(own("frontend", &spec.frontend.image), &spec.frontend.resources, &FRONTEND),
            scale: scale(spec.frontend.replicas, spec.frontend.autoscaling.as_ref()),
        },
        workers_image,
        credentials: dereferenced.credentials.clone(),
        pki: dereferenced.pki.clone(),
        volumes: volumes(&dereferenced.live),
    })
}

fn volumes(live: &BTreeMap<Key, Value>) -> String {
    let claims = live.iter().filter(|((kind, _), _)| *kind == Kind::PersistentVolumeClaim);
    let identities: Vec<_> = claims.map(|((_, name), claim)| (name, &claim["metadata"]["uid"])).collect();
    hash(&identities)
}

fn owner(phasma: &Phasma) -> Result<OwnerReference, Invalid> {
    phasma.controller_owner_ref(&()).ok_or(Invalid::NotStored)
}

fn scale(replicas: Option<i32>, autoscaling: Option<&spec::Autoscaling>) -> Scale {
    autoscaling.map_or(Scale::Fixed(replicas.unwrap_or(1)), |bounds| Scale::Auto(bounds.clone()))
}

/// Seconds. What the rules let pass can be read.
fn progress_deadline(upgrade: &spec::Upgrade) -> i32 {
    let given =
        upgrade.progress_deadline.as_deref().and_then(|given| given.parse::<kube::core::Duration>().ok());
    given.map_or(PROGRESS_DEADLINE, |given| {
        i32::try_from(std::time::Duration::from(given).as_secs()).unwrap_or(PROGRESS_DEADLINE)
    })
}

fn exposure(exposure: &spec::Exposure) -> Exposure {
    let (_, authority) = exposure.url.split_once("://").unwrap_or_default();
    Exposure {
        host: authority.split(':').next().unwrap_or_default().to_lowercase(),
        ingress: exposure.ingress.clone(),
        gateway: exposure.gateway.clone(),
        trusted_proxies: exposure.trusted_proxies.clone(),
    }
}

fn overrides(spec: &PhasmaSpec) -> BTreeMap<Component, PodOverrides> {
    let of_store = |store: &Option<ManagedStore>| store.as_ref().map(|store| store.pod_overrides.clone());
    let of_database = spec.database.managed.as_ref().map(|database| database.pod_overrides.clone());
    let of_cache = spec.cache.managed.as_ref().map(|cache| cache.pod_overrides.clone());
    let of_broker = spec.broker.managed.as_ref().map(|broker| broker.pod_overrides.clone());
    let stores = [
        (Component::Postgres, of_database),
        (Component::Dragonfly, of_cache),
        (Component::Seaweedfs, of_store(&spec.object_storage.managed)),
        (Component::Meilisearch, of_store(&spec.search.managed)),
        (Component::Redpanda, of_broker.clone()),
    ];
    let programs = [
        (Component::Relay, &spec.workers.relay.pod_overrides),
        (Component::Consumers, &spec.workers.consumers.pod_overrides),
        (Component::Api, &spec.api.pod_overrides),
        (Component::Connect, &spec.pipelines.connect.pod_overrides),
        (Component::Frontend, &spec.frontend.pod_overrides),
    ];
    let jobs =
        Target::ALL.map(Component::Check).into_iter().chain([Component::Migrate, Component::Provision]);
    let near_api = where_only(&spec.api.pod_overrides);
    let jobs = jobs.map(|job| (job, near_api.clone()));
    let users = of_broker.map(|overrides| (Component::BrokerUsers, where_only(&overrides)));
    let stores = stores.into_iter().filter_map(|(store, overrides)| Some((store, overrides?)));
    let programs = programs.into_iter().map(|(program, overrides)| (program, overrides.clone()));
    let all = stores.chain(programs).chain(jobs).chain(users);
    all.filter(|(_, overrides)| !overrides.is_empty()).collect()
}

/// What decides whether a pod finds a node. A Job is named by what it runs: the rest would only repeat it.
fn where_only(overrides: &PodOverrides) -> PodOverrides {
    PodOverrides {
        node_selector: overrides.node_selector.clone(),
        tolerations: overrides.tolerations.clone(),
        affinity: overrides.affinity.clone(),
        priority_class_name: overrides.priority_class_name.clone(),
        ..PodOverrides::default()
    }
}

fn images(images: &spec::Images) -> Images {
    Images {
        pull_policy: images.pull_policy,
        pull_secrets: images.pull_secrets.iter().map(|secret| secret.name.clone()).collect(),
    }
}

fn container(image: String, resources: &Resources, defaults: &Defaults) -> Container {
    let asked = |amounts: &Option<spec::Amounts>| amounts.clone().unwrap_or_default();
    let (requests, limits) = (asked(&resources.requests), asked(&resources.limits));
    let limits = Amounts {
        cpu: limits.cpu.unwrap_or_else(|| defaults.limits.0.to_owned()),
        memory: limits.memory.unwrap_or_else(|| defaults.limits.1.to_owned()),
    };
    // A limit below the default request would make an impossible pair.
    let requests = Amounts {
        cpu: requests.cpu.unwrap_or_else(|| least(defaults.requests.0, &limits.cpu, millicores)),
        memory: requests.memory.unwrap_or_else(|| least(defaults.requests.1, &limits.memory, bytes_of)),
    };
    Container { image, requests, limits }
}

fn least(request: &str, limit: &str, amount: fn(&str) -> u64) -> String {
    if amount(request) <= amount(limit) { request.to_owned() } else { limit.to_owned() }
}

fn bytes_of(memory: &str) -> u64 {
    quantity::bytes(memory).unwrap_or(u64::MAX)
}

fn millicores(cpu: &str) -> u64 {
    match cpu.strip_suffix('m') {
        Some(milli) => milli.parse().unwrap_or(u64::MAX),
        None => quantity::bytes(&format!("{cpu}k")).unwrap_or(u64::MAX),
    }
}

fn store(store: &ManagedStore, image: &str, defaults: &Defaults, size: &str) -> Store {
    Store {
        container: container(
            store.image.clone().unwrap_or_else(|| image.to_owned()),
            &store.resources,
            defaults,
        ),
        size: store.storage.size.clone().unwrap_or_else(|| size.to_owned()),
        storage_class: store.storage.storage_class_name.clone(),
    }
}

fn brokers(managed: &ManagedBroker, release: &Release) -> Brokers {
    let each = ManagedStore {
        storage: managed.storage.clone(),
        resources: managed.resources.clone(),
        image: managed.image.clone(),
        pod_overrides: managed.pod_overrides.clone(),
    };
    Brokers {
        store: store(&each, &release.images.redpanda, &REDPANDA, BROKER_SIZE),
        replicas: managed.replicas,
    }
}

/// A store whose section may be left out.
fn managed(section: &Option<ManagedStore>, image: &str, defaults: &Defaults, size: &str) -> Store {
    store(&section.clone().unwrap_or_default(), image, defaults, size)
}

fn database(
    database: &spec::Database,
    release: &Release,
    secrets: &Secrets,
) -> DataService<Store, ExternalDatabase> {
    let run = || {
        let managed = database.managed.clone().unwrap_or_default();
        let each = ManagedStore {
            storage: managed.storage,
            resources: managed.resources,
            image: managed.image,
            pod_overrides: managed.pod_overrides,
        };
        store(&each, &release.images.postgres, &POSTGRES, DATABASE_SIZE)
    };
    service(database.external.as_ref(), |section| external::database(section, secrets), run)
}

fn cache(cache: &spec::Cache, release: &Release, secrets: &Secrets) -> DataService<Container, ExternalCache> {
    let run = || {
        let managed = cache.managed.clone().unwrap_or_default();
        let image = managed.image.unwrap_or_else(|| release.images.dragonfly.clone());
        container(image, &managed.resources, &DRAGONFLY)
    };
    service(cache.external.as_ref(), |section| external::cache(section, secrets), run)
}

fn object_storage(
    storage: &spec::ObjectStorage,
    release: &Release,
    secrets: &Secrets,
) -> DataService<Store, ExternalObjectStorage> {
    let run = || managed(&storage.managed, &release.images.seaweedfs, &SEAWEEDFS, OBJECT_STORAGE_SIZE);
    service(storage.external.as_ref(), |section| external::object_storage(section, secrets), run)
}

fn search(
    search: &spec::Search,
    release: &Release,
    secrets: &Secrets,
) -> Option<DataService<Store, ExternalSearch>> {
    let run = || managed(&search.managed, &release.images.meilisearch, &MEILISEARCH, SEARCH_SIZE);
    let engine = || service(search.external.as_ref(), |section| external::search(section, secrets), run);
    (!search.disabled).then(engine)
}

fn broker(
    broker: &spec::Broker,
    release: &Release,
    secrets: &Secrets,
) -> DataService<Brokers, ExternalBroker> {
    let run = || brokers(&broker.managed.clone().unwrap_or_default(), release);
    service(broker.external.as_ref(), |section| external::broker(section, secrets), run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_left_out_keep_their_defaults() {
        let limits = spec::Amounts { cpu: None, memory: Some("1Gi".to_owned()) };
        let asked = Resources { requests: None, limits: Some(limits) };
        let container = container("image".to_owned(), &asked, &API);
        assert_eq!((container.limits.cpu.as_str(), container.limits.memory.as_str()), ("2", "1Gi"));
        assert_eq!(container.requests.memory, "128Mi");
    }

    #[test]
    fn a_limit_below_the_default_request_lowers_the_request() {
        let limits = spec::Amounts { cpu: Some("10m".to_owned()), memory: Some("64Mi".to_owned()) };
        let container =
            container("image".to_owned(), &Resources { requests: None, limits: Some(limits) }, &API);
        assert_eq!((container.requests.cpu.as_str(), container.requests.memory.as_str()), ("10m", "64Mi"));
    }
}
