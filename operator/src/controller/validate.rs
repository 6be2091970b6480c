//! Spec and referenced objects -> [`Platform`]. Applies every default; fails before anything is made.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Resource, ResourceExt};
use phasma_crds::Phasma;
use phasma_crds::spec::{self, DeletionPolicy, ManagedStore, Resources};
use serde_json::Value;
use thiserror::Error;

use super::build::names::Names;
use super::build::object::{Key, Kind, hash};
use super::dereference::{Dereferenced, ReferencedSecret};
use super::model::{
    Amounts, Container, Database, External, ExternalDatabase, Images, Platform, Store, Workload,
};
use crate::catalogue::{self, Release};
use crate::quantity;

/// The resource can't become a platform until someone changes it.
#[derive(Debug, Error)]
pub enum Invalid {
    #[error("spec.version: {0} is unknown; this operator knows {known}", known = catalogue::versions().join(", "))]
    UnknownVersion(String),
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

pub fn validate(phasma: &Phasma, dereferenced: &Dereferenced) -> Result<Platform, Invalid> {
    phasma.validate_cel().map_err(|errors| Invalid::Rules(errors.to_string()))?;
    let spec = &phasma.spec;
    let release =
        catalogue::release(&spec.version).ok_or_else(|| Invalid::UnknownVersion(spec.version.clone()))?;
    let own = |program: &str, image: &Option<String>| {
        image.clone().unwrap_or_else(|| release.own_image(spec.images.registry.as_deref(), program))
    };
    let workers_image = own("workers", &spec.workers.image);
    Ok(Platform {
        names: Names::new(&phasma.name_any()),
        namespace: phasma.namespace().ok_or(Invalid::NotStored)?,
        owner: owner(phasma)?,
        retain: spec.deletion_policy == DeletionPolicy::Retain,
        images: images(&spec.images),
        signups: spec.signups,
        public_origin: spec.exposure.url.clone(),
        service: spec.exposure.service.clone(),
        network_policy: spec.network_policy.enabled,
        database: database(&spec.database, release, dereferenced),
        cache: container(
            spec.cache.managed.image.clone().unwrap_or_else(|| release.dragonfly.to_owned()),
            &spec.cache.managed.resources,
            &DRAGONFLY,
        ),
        object_storage: store(
            &spec.object_storage.managed,
            release.seaweedfs,
            &SEAWEEDFS,
            OBJECT_STORAGE_SIZE,
        ),
        search: search(&spec.search, release),
        broker: store(&spec.broker.managed, release.redpanda, &REDPANDA, BROKER_SIZE),
        connect: container(
            spec.pipelines.connect.image.clone().unwrap_or_else(|| release.connect.to_owned()),
            &spec.pipelines.connect.resources,
            &CONNECT,
        ),
        relay: container(workers_image.clone(), &spec.workers.relay.resources, &RELAY),
        consumers: Workload {
            container: container(workers_image.clone(), &spec.workers.consumers.resources, &CONSUMERS),
            replicas: spec.workers.consumers.replicas,
        },
        api: Workload {
            container: container(own("api", &spec.api.image), &spec.api.resources, &API),
            replicas: spec.api.replicas,
        },
        frontend: Workload {
            container: container(own("frontend", &spec.frontend.image), &spec.frontend.resources, &FRONTEND),
            replicas: spec.frontend.replicas,
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

fn search(search: &spec::Search, release: &Release) -> Option<Store> {
    let managed = search.managed.clone().unwrap_or_default();
    (!search.disabled).then(|| store(&managed, release.meilisearch, &MEILISEARCH, SEARCH_SIZE))
}

fn database(database: &spec::Database, release: &Release, dereferenced: &Dereferenced) -> Database {
    match &database.external {
        Some(external) => {
            let secret = dereferenced.external_database.as_ref();
            Database::External(match external_database(&external.secret_ref.name, secret) {
                Ok(known) => External::Known(known),
                Err(reason) => External::Unusable(reason),
            })
        }
        None => {
            let managed = database.managed.clone().unwrap_or_default();
            Database::Managed(store(&managed, release.postgres, &POSTGRES, DATABASE_SIZE))
        }
    }
}

/// Reads the Secret of an external database. The error says what a person has to put right, and no secret.
fn external_database(name: &str, secret: Option<&ReferencedSecret>) -> Result<ExternalDatabase, String> {
    let secret =
        secret.ok_or_else(|| format!("Secret {name} (spec.database.external.secretRef) does not exist"))?;
    let text = secret.get("url").ok_or_else(|| format!("Secret {name} has no key url"))?;
    let url = url::Url::parse(text.trim()).map_err(|error| format!("Secret {name}, key url: {error}"))?;
    let scheme_is_known = matches!(url.scheme(), "postgres" | "postgresql");
    if !scheme_is_known || url.host_str().is_none_or(str::is_empty) || url.path().len() < 2 {
        return Err(format!("Secret {name}, key url: expected postgres://user:password@host:port/database"));
    }
    let port = url.port().unwrap_or(5432);
    Ok(ExternalDatabase { url, port, ca: secret.get("ca.crt").cloned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(url: &str) -> ReferencedSecret {
        ReferencedSecret::from([("url".to_owned(), url.to_owned())])
    }

    #[test]
    fn an_external_database_is_read_from_its_secret() {
        let found =
            external_database("db", Some(&secret("postgres://o:p@db.example:6432/phasma"))).expect("read");
        assert_eq!((found.port, found.url.host_str()), (6432, Some("db.example")));
    }

    #[test]
    fn what_is_wrong_with_the_secret_is_said_without_its_content() {
        let message =
            |secret: Option<&ReferencedSecret>| external_database("db", secret).expect_err("refused");
        assert!(message(None).contains("does not exist"));
        assert!(message(Some(&ReferencedSecret::new())).contains("no key url"));
        for bad in ["mysql://u:hidden@h/d", "postgres://u:hidden@h/", "postgres:///d", "hidden"] {
            let secret = secret(bad);
            let text = message(Some(&secret));
            assert!(text.starts_with("Secret db, key url") && !text.contains("hidden"), "{text}");
        }
    }

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
