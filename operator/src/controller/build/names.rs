//! Components, their stages, and the names of their objects. Names start with the resource's name, so that several
//! platforms share a namespace.

use std::fmt;

/// A part of the platform that runs as pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    Postgres,
    Dragonfly,
    Seaweedfs,
    Meilisearch,
    Redpanda,
    Check,
    Migrate,
    Provision,
    Relay,
    Consumers,
    Api,
    Connect,
    Frontend,
}

impl Component {
    pub const ALL: [Component; 13] = [
        Component::Postgres,
        Component::Dragonfly,
        Component::Seaweedfs,
        Component::Meilisearch,
        Component::Redpanda,
        Component::Check,
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
            Component::Check => "check",
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
            Component::Redpanda => 101,
            Component::Seaweedfs | Component::Meilisearch | Component::Frontend => 1000,
            Component::Connect => 10001,
            Component::Check
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
    /// Stores side by side, and the check of an external database.
    Stores,
    Migrate,
    Provision,
    /// Makes the replication slot: no write of the application precedes it.
    Relay,
    Programs,
    Connect,
    Frontend,
    /// The ways in: nothing waits for them.
    Exposure,
}

impl Stage {
    pub const ALL: [Stage; 9] = [
        Stage::Foundation,
        Stage::Stores,
        Stage::Migrate,
        Stage::Provision,
        Stage::Relay,
        Stage::Programs,
        Stage::Connect,
        Stage::Frontend,
        Stage::Exposure,
    ];

    pub fn of(component: Component) -> Stage {
        match component {
            Component::Postgres
            | Component::Dragonfly
            | Component::Seaweedfs
            | Component::Meilisearch
            | Component::Redpanda
            | Component::Check => Stage::Stores,
            Component::Migrate => Stage::Migrate,
            Component::Provision => Stage::Provision,
            Component::Relay => Stage::Relay,
            Component::Consumers | Component::Api => Stage::Programs,
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

    pub fn data(&self, component: Component) -> String {
        self.part(component, "data")
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

    /// ConfigMap of the certificates that pods trust.
    pub fn trust(&self) -> String {
        format!("{}-trust", self.0)
    }

    pub fn default_deny(&self) -> String {
        format!("{}-default-deny", self.0)
    }
}
