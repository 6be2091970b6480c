//! A validated resource: every default applied, every reference resolved. Only this reaches [`super::build`]; the raw
//! spec goes no further.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use phasma_crds::spec::{
    ApiConfig, Autoscaling, ExposureService, Gateway, Ingress, Monitoring, PodOverrides, PullPolicy,
    SaslMechanism, Signups,
};

use super::build::names::{Component, Names, Target};
use super::credentials::Credentials;
use super::pki::Pki;
use super::revision::Record;

/// Everything that [`super::build`] needs to know.
#[derive(Clone, Debug)]
pub struct Platform {
    pub names: Names,
    pub namespace: String,
    pub owner: OwnerReference,
    /// The release that is rolled out.
    pub version: String,
    /// What is kept on record of rollouts.
    pub revisions: Vec<Record>,
    /// Seconds after which a rollout that makes no progress counts as stuck.
    pub progress_deadline: i32,
    /// Volumes and credentials outlive the resource.
    pub retain: bool,
    pub images: Images,
    pub signups: Signups,
    pub public_origin: String,
    pub service: ExposureService,
    pub exposure: Exposure,
    pub monitoring: Monitoring,
    /// What the resource says about pods; components it says nothing about are left out.
    pub overrides: BTreeMap<Component, PodOverrides>,
    pub network_policy: bool,
    /// Where external services are; empty: anywhere.
    pub external_cidrs: Vec<String>,
    pub database: Database,
    /// Settings of the managed database besides the operator's.
    pub parameters: BTreeMap<String, String>,
    pub cache: DataService<Container, ExternalCache>,
    pub object_storage: DataService<Store, ExternalObjectStorage>,
    /// `None`: PostgreSQL answers searches.
    pub search: Option<DataService<Store, ExternalSearch>>,
    pub broker: DataService<Brokers, ExternalBroker>,
    pub connect: Container,
    pub relay: Container,
    pub consumers: Workload,
    pub api: Workload,
    pub api_config: ApiConfig,
    pub frontend: Workload,
    /// Image of the Jobs that provision and check.
    pub workers_image: String,
    pub credentials: Credentials,
    pub pki: Pki,
    /// Hash of the identities of the stores' volumes. With a new volume, what was provisioned on the old one is gone.
    pub volumes: String,
}

impl Platform {
    /// Components of this platform. An external service brings its check, and no search engine none.
    pub fn components(&self) -> Vec<Component> {
        let present = |component: &Component| match (*component, Target::of(*component)) {
            (_, Some(target)) => matches!(self.place(target), Place::Managed),
            (Component::Check(target), _) => {
                matches!(self.place(target), Place::Reached(_) | Place::Unusable(_))
            }
            (Component::BrokerUsers, _) => self.broker.managed().is_some(),
            _ => true,
        };
        Component::ALL.into_iter().filter(present).collect()
    }

    /// Where a data service is.
    pub fn place(&self, target: Target) -> Place<'_> {
        match target {
            Target::Database => self.database.place(|external| vec![external.port]),
            Target::Cache => self.cache.place(|external| vec![external.port]),
            Target::ObjectStorage => self.object_storage.place(|external| vec![external.port]),
            Target::Search => match &self.search {
                Some(search) => search.place(|external| vec![external.port]),
                None => Place::Absent,
            },
            Target::Broker => self.broker.place(|external| external.ports.clone()),
        }
    }

    /// The certificate authority of an external service, PEM, if its Secret brings one.
    pub fn authority(&self, target: Target) -> Option<&str> {
        match target {
            Target::Database => self.database.external()?.ca.as_deref(),
            Target::Cache => self.cache.external()?.ca.as_deref(),
            Target::ObjectStorage => self.object_storage.external()?.ca.as_deref(),
            Target::Search => None,
            Target::Broker => self.broker.external()?.ca.as_deref(),
        }
    }

    /// The image of a component, as its containers name it.
    pub fn image(&self, component: Component) -> &str {
        match component {
            Component::Postgres => image_of_store(self.database.managed()),
            Component::Dragonfly => self.cache.managed().map_or("", |container| &container.image),
            Component::Seaweedfs => image_of_store(self.object_storage.managed()),
            Component::Meilisearch => image_of_store(self.search.as_ref().and_then(DataService::managed)),
            Component::Redpanda | Component::BrokerUsers => {
                image_of_store(self.broker.managed().map(|brokers| &brokers.store))
            }
            Component::Check(_) | Component::Provision => &self.workers_image,
            Component::Migrate => &self.api.container.image,
            Component::Relay => &self.relay.image,
            Component::Consumers => &self.consumers.container.image,
            Component::Api => &self.api.container.image,
            Component::Connect => &self.connect.image,
            Component::Frontend => &self.frontend.container.image,
        }
    }
}

fn image_of_store(store: Option<&Store>) -> &str {
    store.map_or("", |store| &store.container.image)
}

/// How nodes pull.
#[derive(Clone, Debug)]
pub struct Images {
    pub pull_policy: PullPolicy,
    pub pull_secrets: Vec<String>,
}

/// Image and amounts of a container.
#[derive(Clone, Debug)]
pub struct Container {
    pub image: String,
    pub requests: Amounts,
    pub limits: Amounts,
}

#[derive(Clone, Debug)]
pub struct Amounts {
    pub cpu: String,
    pub memory: String,
}

/// A container with a volume.
#[derive(Clone, Debug)]
pub struct Store {
    pub container: Container,
    pub size: String,
    pub storage_class: Option<String>,
}

/// Brokers, each with a volume of its own.
#[derive(Clone, Debug)]
pub struct Brokers {
    pub store: Store,
    pub replicas: i32,
}

/// A container of which several may run.
#[derive(Clone, Debug)]
pub struct Workload {
    pub container: Container,
    pub scale: Scale,
}

/// How many pods a workload has.
#[derive(Clone, Debug)]
pub enum Scale {
    Fixed(i32),
    /// An autoscaler decides within bounds.
    Auto(Autoscaling),
}

impl Scale {
    /// Fewest pods.
    pub fn least(&self) -> i32 {
        match self {
            Scale::Fixed(replicas) => *replicas,
            Scale::Auto(autoscaling) => autoscaling.min_replicas,
        }
    }
}

/// What leads people to the frontend besides its Service.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// Host of the public address.
    pub host: String,
    pub ingress: Option<Ingress>,
    pub gateway: Option<Gateway>,
    pub trusted_proxies: Vec<String>,
}

/// A data service: run by the operator, or somebody else's.
#[derive(Clone, Debug)]
pub enum DataService<Managed, Other> {
    Managed(Managed),
    External(External<Other>),
}

/// An external service, or why its Secret can't be used yet.
#[derive(Clone, Debug)]
pub enum External<Other> {
    Known(Other),
    Unusable(String),
}

/// Where a data service is, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// The platform has none.
    Absent,
    /// Run by the operator.
    Managed,
    /// External, at these ports.
    Reached(Vec<u16>),
    /// External, and why its Secret can't be used yet.
    Unusable(&'a str),
}

impl<Managed, Other> DataService<Managed, Other> {
    pub fn managed(&self) -> Option<&Managed> {
        match self {
            DataService::Managed(managed) => Some(managed),
            DataService::External(_) => None,
        }
    }

    /// The external service, once its Secret can be used.
    pub fn external(&self) -> Option<&Other> {
        match self {
            DataService::External(External::Known(external)) => Some(external),
            _ => None,
        }
    }

    fn place(&self, ports: impl FnOnce(&Other) -> Vec<u16>) -> Place<'_> {
        match self {
            DataService::Managed(_) => Place::Managed,
            DataService::External(External::Known(external)) => Place::Reached(ports(external)),
            DataService::External(External::Unusable(reason)) => Place::Unusable(reason),
        }
    }
}

/// Part of a Secret. `Debug` shows nothing.
#[derive(Clone)]
pub struct Hidden<T>(pub T);

impl<T> std::fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

pub type Database = DataService<Store, ExternalDatabase>;

/// What the Secret of an external database says.
#[derive(Clone, Debug)]
pub struct ExternalDatabase {
    /// With user and password of the owner.
    pub url: Hidden<url::Url>,
    pub port: u16,
    /// Certificate authority of the server, PEM.
    pub ca: Option<String>,
}

/// What the Secret of an external cache says.
#[derive(Clone, Debug)]
pub struct ExternalCache {
    /// With user and password.
    pub url: Hidden<url::Url>,
    pub port: u16,
    /// Certificate authority of the server, PEM.
    pub ca: Option<String>,
}

#[derive(Clone, Debug)]
pub struct ExternalObjectStorage {
    pub endpoint: String,
    pub port: u16,
    pub region: String,
    pub bucket: String,
    pub access_key_id: Hidden<String>,
    pub secret_access_key: Hidden<String>,
    /// Certificate authority of the server, PEM.
    pub ca: Option<String>,
}

#[derive(Clone, Debug)]
pub struct ExternalSearch {
    /// Without a slash at its end.
    pub url: String,
    pub port: u16,
    pub master_key: Hidden<String>,
}

#[derive(Clone, Debug)]
pub struct ExternalBroker {
    /// `host:port`, separated by commas.
    pub bootstrap_servers: String,
    pub ports: Vec<u16>,
    pub tls: bool,
    /// Certificate authority of the brokers, PEM.
    pub ca: Option<String>,
    pub sasl: Option<BrokerLogin>,
    pub topic_prefix: Option<String>,
}

#[derive(Clone, Debug)]
pub struct BrokerLogin {
    pub mechanism: SaslMechanism,
    pub username: Hidden<String>,
    pub password: Hidden<String>,
}
