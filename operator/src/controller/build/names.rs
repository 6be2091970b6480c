//! Components, their stages, and the names of their objects. Names start with the resource's name, so that several
//! platforms share a namespace.

use std::fmt;

/// A data service, wherever it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    Database,
    Cache,
    ObjectStorage,
    Search,
    Broker,
}

impl Target {
    pub const ALL: [Target; 5] =
        [Target::Database, Target::Cache, Target::ObjectStorage, Target::Search, Target::Broker];

    /// As `phasma-workers check` calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Target::Database => "database",
            Target::Cache => "cache",
            Target::ObjectStorage => "object-storage",
            Target::Search => "search",
            Target::Broker => "broker",
        }
    }

    /// What runs it when the operator does.
    pub fn store(self) -> Component {
        match self {
            Target::Database => Component::Postgres,
            Target::Cache => Component::Dragonfly,
            Target::ObjectStorage => Component::Seaweedfs,
            Target::Search => Component::Meilisearch,
            Target::Broker => Component::Redpanda,
        }
    }

    /// The service that a component is when the operator runs it.
    pub fn of(component: Component) -> Option<Target> {
        Target::ALL.into_iter().find(|target| target.store() == component)
    }
}

/// A part of the platform that runs as pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    Postgres,
    Dragonfly,
    Seaweedfs,
    Meilisearch,
    Redpanda,
    /// Makes the broker's users and their rights.
    BrokerUsers,
    /// Tries an external service.
    Check(Target),
    Migrate,
    Provision,
    Relay,
    Consumers,
    Api,
    Connect,
    Frontend,
}

impl Component {
    pub const ALL: [Component; 18] = [
        Component::Postgres,
        Component::Dragonfly,
        Component::Seaweedfs,
        Component::Meilisearch,
        Component::Redpanda,
        Component::BrokerUsers,
        Component::Check(Target::Database),
        Component::Check(Target::Cache),
        Component::Check(Target::ObjectStorage),
        Component::Check(Target::Search),
        Component::Check(Target::Broker),
        Component::Migrate,
        Component::Provision,
        Component::Relay,
        Component::Consumers,
        Component::Api,
        Component::Connect,
        Component::Frontend,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Component::Postgres => "postgres",
            Component::Dragonfly => "dragonfly",
            Component::Seaweedfs => "seaweedfs",
            Component::Meilisearch => "meilisearch",
            Component::Redpanda => "redpanda",
            Component::BrokerUsers => "broker-users",
            Component::Check(Target::Database) => "check-database",
            Component::Check(Target::Cache) => "check-cache",
            Component::Check(Target::ObjectStorage) => "check-object-storage",
            Component::Check(Target::Search) => "check-search",
            Component::Check(Target::Broker) => "check-broker",
            Component::Migrate => "migrate",
            Component::Provision => "provision",
            Component::Relay => "relay",
            Component::Consumers => "consumers",
            Component::Api => "api",
            Component::Connect => "connect",
            Component::Frontend => "frontend",
        }
    }

    /// User and group its container runs as: the one its image is made for, else an arbitrary one.
    pub fn user(self) -> i64 {
        match self {
            Component::Postgres | Component::Dragonfly => 999,
            Component::Redpanda | Component::BrokerUsers => 101,
            Component::Seaweedfs | Component::Meilisearch | Component::Frontend => 1000,
            Component::Connect => 10001,
            Component::Check(_)
            | Component::Migrate
            | Component::Provision
            | Component::Relay
            | Component::Consumers
            | Component::Api => 65532,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When an object may be applied for the first time: not before every earlier stage is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Credentials, certificates, configuration, policies, services, volumes.
    Foundation,
    /// Stores side by side, and the checks of external services.
    Stores,
    /// The schema, and side by side with it the broker's users.
    Migrate,
    Provision,
    /// Makes the replication slot: no write of the application precedes it.
    Relay,
    /// They read the events of a newer release before its API writes them.
    Consumers,
    Api,
    Connect,
    Frontend,
    /// The ways in: nothing waits for them.
    Exposure,
}

impl Stage {
    /// To something new: who reads before who writes, and the schema before both.
    pub const FORWARD: [Stage; 10] = [
        Stage::Foundation,
        Stage::Stores,
        Stage::Migrate,
        Stage::Provision,
        Stage::Relay,
        Stage::Consumers,
        Stage::Api,
        Stage::Connect,
        Stage::Frontend,
        Stage::Exposure,
    ];

    /// Back to what ran before: programs the other way round. What they stand on still comes first, since it may have
    /// been lost meanwhile.
    pub const BACK: [Stage; 10] = [
        Stage::Foundation,
        Stage::Stores,
        Stage::Migrate,
        Stage::Provision,
        Stage::Frontend,
        Stage::Connect,
        Stage::Api,
        Stage::Consumers,
        Stage::Relay,
        Stage::Exposure,
    ];

    pub fn of(component: Component) -> Stage {
        match component {
            Component::Postgres
            | Component::Dragonfly
            | Component::Seaweedfs
            | Component::Meilisearch
            | Component::Redpanda
            | Component::Check(_) => Stage::Stores,
            Component::Migrate | Component::BrokerUsers => Stage::Migrate,
            Component::Provision => Stage::Provision,
            Component::Relay => Stage::Relay,
            Component::Consumers => Stage::Consumers,
            Component::Api => Stage::Api,
            Component::Connect => Stage::Connect,
            Component::Frontend => Stage::Frontend,
        }
    }
}

/// Names of the objects of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(String);

impl Names {
    pub fn new(instance: &str) -> Self {
        Self(instance.to_owned())
    }

    pub fn instance(&self) -> &str {
        &self.0
    }

    /// Workload, Service and Secret of a component.
    pub fn of(&self, component: Component) -> String {
        format!("{}-{component}", self.0)
    }

    /// A further object of a component.
    pub fn part(&self, component: Component, part: &str) -> String {
        format!("{}-{component}-{part}", self.0)
    }

    /// A Job. Its name becomes a label of its pods, so it has 63 characters at most; all checks share one word.
    pub fn job(&self, component: Component, hash: &str) -> String {
        match component {
            Component::Check(_) => format!("{}-check-{hash}", self.0),
            Component::BrokerUsers => format!("{}-users-{hash}", self.0),
            _ => self.part(component, hash),
        }
    }

    pub fn data(&self, component: Component) -> String {
        self.part(component, "data")
    }

    /// The headless Service that gives each broker a name of its own.
    pub fn brokers(&self) -> String {
        self.part(Component::Redpanda, "brokers")
    }

    /// The name that other brokers and clients know a broker by.
    pub fn broker(&self, ordinal: i32) -> String {
        format!("{}-{ordinal}.{}", self.of(Component::Redpanda), self.brokers())
    }

    /// The volume claim of a broker, called as the StatefulSet controller expects it.
    pub fn broker_data(&self, ordinal: i32) -> String {
        format!("data-{}-{ordinal}", self.of(Component::Redpanda))
    }

    pub fn tls(&self, component: Component) -> String {
        self.part(component, "tls")
    }

    /// Every generated credential. No pod mounts it.
    pub fn credentials(&self) -> String {
        format!("{}-credentials", self.0)
    }

    /// Authority and leaf certificates with their keys. No pod mounts it.
    pub fn pki(&self) -> String {
        format!("{}-pki", self.0)
    }

    /// A revision. Its name is of its content, so the same content is the same revision.
    pub fn revision(&self, hash: &str) -> String {
        format!("{}-revision-{hash}", self.0)
    }

    /// ConfigMap of an external service's certificate authority.
    pub fn authority(&self, target: Target) -> String {
        format!("{}-ca-{}", self.0, target.as_str())
    }

    /// ConfigMap of the certificates that pods trust.
    pub fn trust(&self) -> String {
        format!("{}-trust", self.0)
    }

    pub fn default_deny(&self) -> String {
        format!("{}-default-deny", self.0)
    }
}
