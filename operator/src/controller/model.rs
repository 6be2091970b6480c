//! A validated resource: every default applied, every reference resolved. Only this reaches [`super::build`]; the raw
//! spec goes no further.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use phasma_crds::spec::{ExposureService, PullPolicy, Signups};

use super::build::names::{Component, Names};
use super::credentials::Credentials;
use super::pki::Pki;

/// Everything that [`super::build`] needs to know.
#[derive(Clone, Debug)]
pub struct Platform {
    pub names: Names,
    pub namespace: String,
    pub owner: OwnerReference,
    /// Volumes and credentials outlive the resource.
    pub retain: bool,
    pub images: Images,
    pub signups: Signups,
    pub public_origin: String,
    pub service: ExposureService,
    pub network_policy: bool,
    pub database: Database,
    pub cache: Container,
    pub object_storage: Store,
    /// `None`: PostgreSQL answers searches.
    pub search: Option<Store>,
    pub broker: Store,
    pub connect: Container,
    pub relay: Container,
    pub consumers: Workload,
    pub api: Workload,
    pub frontend: Workload,
    /// Image of the Jobs that provision and check.
    pub workers_image: String,
    pub credentials: Credentials,
    pub pki: Pki,
    /// Hash of the identities of the stores' volumes. With a new volume, what was provisioned on the old one is gone.
    pub volumes: String,
}

impl Platform {
    /// Components of this platform. An external database brings its check, and no search engine none.
    pub fn components(&self) -> Vec<Component> {
        let present = |component: &Component| match component {
            Component::Postgres => matches!(self.database, Database::Managed(_)),
            Component::Check => matches!(self.database, Database::External(_)),
            Component::Meilisearch => self.search.is_some(),
            _ => true,
        };
        Component::ALL.into_iter().filter(present).collect()
    }

    /// The image of a component, as its containers name it.
    pub fn image(&self, component: Component) -> &str {
        match component {
            Component::Postgres => match &self.database {
                Database::Managed(store) => &store.container.image,
                Database::External(_) => "",
            },
            Component::Dragonfly => &self.cache.image,
            Component::Seaweedfs => &self.object_storage.container.image,
            Component::Meilisearch => self.search.as_ref().map_or("", |store| &store.container.image),
            Component::Redpanda => &self.broker.container.image,
            Component::Check | Component::Provision => &self.workers_image,
            Component::Migrate => &self.api.container.image,
            Component::Relay => &self.relay.image,
            Component::Consumers => &self.consumers.container.image,
            Component::Api => &self.api.container.image,
            Component::Connect => &self.connect.image,
            Component::Frontend => &self.frontend.container.image,
        }
    }
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

/// A container of which several may run.
#[derive(Clone, Debug)]
pub struct Workload {
    pub container: Container,
    pub replicas: i32,
}

#[derive(Clone, Debug)]
pub enum Database {
    Managed(Store),
    External(External),
}

/// An external database, or why its Secret can't be used yet.
#[derive(Clone, Debug)]
pub enum External {
    Known(ExternalDatabase),
    Unusable(String),
}

/// What the Secret of an external database says.
#[derive(Clone, Debug)]
pub struct ExternalDatabase {
    /// With user and password of the owner.
    pub url: url::Url,
    pub port: u16,
    /// Certificate authority of the server, PEM.
    pub ca: Option<String>,
}
