//! Sections of the spec. Doc comments here become the resource's documentation (`kubectl explain phasma.spec`).

mod exposure;
mod policies;
mod resources;
mod stores;
mod workloads;

pub use exposure::{Exposure, ExposureService, ServiceType};
pub use policies::{DeletionPolicy, Images, NetworkPolicy, PullPolicy, Signups};
pub use resources::{Amounts, Resources, SecretRef, Storage};
pub use stores::{
    Broker, BrokerSasl, BrokerTls, Cache, Database, ExternalBroker, ExternalCache, ExternalDatabase,
    ExternalObjectStorage, ExternalSearch, ManagedBroker, ManagedCache, ManagedStore, ObjectStorage,
    SaslMechanism, Search,
};
pub use workloads::{Api, Connect, Consumers, Frontend, Pipelines, Relay, Workers};
