//! Sections of the spec. Doc comments here become the resource's documentation (`kubectl explain phasma.spec`).

mod autoscaling;
mod exposure;
mod monitoring;
mod overrides;
mod policies;
mod resources;
mod stores;
mod workloads;

pub use autoscaling::Autoscaling;
pub use exposure::{Exposure, ExposureService, Gateway, Ingress, IngressTls, ParentRef, ServiceType};
pub use monitoring::Monitoring;
pub use overrides::{Affinity, PodOverrides, Spread, Toleration, WhenUnsatisfiable};
pub use policies::{DeletionPolicy, Images, NetworkPolicy, PullPolicy, Signups, Upgrade, UpgradeStrategy};
pub use resources::{Amounts, Resources, SecretRef, Storage};
pub use stores::{
    Broker, BrokerSasl, BrokerTls, Cache, Database, ExternalBroker, ExternalCache, ExternalDatabase,
    ExternalObjectStorage, ExternalSearch, ManagedBroker, ManagedCache, ManagedDatabase, ManagedStore,
    ObjectStorage, SaslMechanism, Search,
};
pub use workloads::{Api, ApiConfig, Connect, Consumers, Frontend, Pipelines, RateLimits, Relay, Workers};
