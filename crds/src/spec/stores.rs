//! The data services.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PodOverrides, Resources, SecretRef, Storage};

/// PostgreSQL: run by the operator (the default), or one you run.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.managed) && has(self.external))")
        .message("choose managed or external, not both"),
    validation = Rule::new("has(self.external) == has(oldSelf.external)")
        .message("external: a platform cannot move between a managed and an external database")
)]
pub struct Database {
    /// A PostgreSQL 18 of one instance with its own volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed: Option<ManagedDatabase>,
    /// A PostgreSQL 18 or newer with `wal_level=logical`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalDatabase>,
}

/// PostgreSQL with a volume of its own.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.parameters) || self.parameters.all(name, name.matches('^[a-z][a-z0-9_.]*$'))")
        .message("parameters: names are lower case, such as work_mem"),
    validation = Rule::new("!has(self.parameters) || !self.parameters.exists(name, name in ['config_file', 'data_directory', 'fsync', 'full_page_writes', 'hba_file', 'ident_file', 'listen_addresses', 'password_encryption', 'port', 'ssl', 'ssl_cert_file', 'ssl_key_file', 'ssl_min_protocol_version', 'unix_socket_directories', 'wal_level'])")
        .message("parameters: files, addresses, encryption, wal_level, fsync and full_page_writes are set by the operator")
)]
pub struct ManagedDatabase {
    #[serde(default)]
    pub storage: Storage,
    /// Requests and limits of the container. A quarter of the memory limit becomes `shared_buffers`.
    #[serde(default)]
    pub resources: Resources,
    /// Further settings of the server, or others than the operator's, e.g. `work_mem: 16MB`. A change restarts it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub parameters: BTreeMap<String, String>,
    /// Where the pod runs, and what is written on it.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
    /// Another image than the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ExternalDatabase {
    /// Secret with the key `url`: a `postgres://` URL of a role that owns the database and may create roles and
    /// logins with REPLICATION; and, unless the server's certificate is publicly trusted, `ca.crt`.
    pub secret_ref: SecretRef,
}

/// A cache: run by the operator (the default), or one you run. A platform may move between the two at any time: the
/// cache holds limits and hints only, and both come back by themselves.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.managed) && has(self.external))")
        .message("choose managed or external, not both")
)]
pub struct Cache {
    /// Dragonfly. It keeps nothing on disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed: Option<ManagedCache>,
    /// A server that speaks the Redis protocol with scripts and channels: Dragonfly, Valkey, Redis. No cluster mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalCache>,
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ExternalCache {
    /// Secret with the key `url`: `redis://` or, with TLS, `rediss://`, then `user:password@host:port/number`, of which
    /// user, password, port and number may be left out; and, unless the server's certificate is publicly trusted,
    /// `ca.crt`.
    pub secret_ref: SecretRef,
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ManagedCache {
    /// Requests and limits of the container. Four fifths of the memory limit hold data, at least 256Mi.
    #[serde(default)]
    pub resources: Resources,
    /// Where the pod runs, and what is written on it.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
    /// Another image than the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

/// A store with a volume of its own.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ManagedStore {
    #[serde(default)]
    pub storage: Storage,
    /// Requests and limits of the container.
    #[serde(default)]
    pub resources: Resources,
    /// Where the pod runs, and what is written on it.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
    /// Another image than the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

/// Storage of pictures: run by the operator (the default), or one you run.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.managed) && has(self.external))")
        .message("choose managed or external, not both"),
    validation = Rule::new("has(self.external) == has(oldSelf.external)")
        .message("external: a platform cannot move between managed and external object storage, because its pictures would stay behind")
)]
pub struct ObjectStorage {
    /// SeaweedFS with a volume of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed: Option<ManagedStore>,
    /// Anything that speaks S3 and takes addresses of the form `https://host/bucket/key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalObjectStorage>,
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ExternalObjectStorage {
    /// Address of the service without a bucket, e.g. `https://s3.eu-central-1.amazonaws.com`. It may change as long as
    /// the same pictures are found there.
    #[schemars(length(max = 512), regex(pattern = r"^https?://[^/?#@\s]+/?$"))]
    pub endpoint: String,
    /// Region that requests are signed for. Services without regions take the default.
    #[serde(default = "first_region")]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9-]+$"))]
    pub region: String,
    /// Bucket of this platform's pictures, of no other use. It is made if it is missing and the account may.
    #[schemars(length(min = 3, max = 63), regex(pattern = r"^[a-z0-9][a-z0-9.-]*[a-z0-9]$"))]
    pub bucket: String,
    /// Secret with the keys `accessKeyId` and `secretAccessKey` of an account that may list the bucket, and read, write
    /// and delete objects in it; and, unless the server's certificate is publicly trusted, `ca.crt`.
    pub secret_ref: SecretRef,
}

fn first_region() -> String {
    "us-east-1".to_owned()
}

/// A search engine: run by the operator (the default), one you run, or none. A platform may move between them: an engine
/// that is new to it is filled from the database. One that it used before learns only of what is written from then on.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.managed) && self.disabled)")
        .message("choose managed or disabled, not both"),
    validation = Rule::new("!(has(self.managed) && has(self.external))")
        .message("choose managed or external, not both"),
    validation = Rule::new("!(has(self.external) && self.disabled)")
        .message("choose external or disabled, not both")
)]
pub struct Search {
    /// Meilisearch with a volume of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed: Option<ManagedStore>,
    /// A Meilisearch of version 1.x, used by no one else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalSearch>,
    /// Run no search engine: PostgreSQL answers.
    #[serde(default)]
    pub disabled: bool,
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ExternalSearch {
    /// Address of the engine, e.g. `http://meilisearch.search.svc:7700`. The programs speak no TLS with a search engine:
    /// reach it inside the cluster or through a proxy that does.
    #[schemars(length(max = 512), regex(pattern = r"^http://[^?#@\s]+$"))]
    pub url: String,
    /// Secret with the key `masterKey`. It makes indexes and keys; the programs get keys derived from it, of which one
    /// only searches and the other only writes documents.
    pub secret_ref: SecretRef,
}

/// The topics between the database and everything derived from it: on a broker run by the operator (the default), or on
/// one you run.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.managed) && has(self.external))")
        .message("choose managed or external, not both"),
    validation = Rule::new("(has(self.managed) ? self.managed.replicas : 1) == (has(oldSelf.managed) ? oldSelf.managed.replicas : 1)")
        .message("managed.replicas: the number of brokers cannot be changed once they exist"),
    validation = Rule::new("has(self.external) == has(oldSelf.external)")
        .message("external: a platform cannot move between a managed and an external broker, because events on their way would be lost")
)]
pub struct Broker {
    /// Redpanda: one broker, or three.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed: Option<ManagedBroker>,
    /// Any broker that speaks the Kafka protocol of version 2.4 or newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalBroker>,
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.topicPrefix) == has(oldSelf.topicPrefix) && (!has(self.topicPrefix) || self.topicPrefix == oldSelf.topicPrefix)")
        .message("topicPrefix: cannot be changed, because events in topics of the former name would be lost"),
    validation = Rule::new("!(has(self.sasl) && self.sasl.mechanism == 'PLAIN' && !self.tls.enabled)")
        .message("sasl.mechanism: PLAIN would send the password for everyone to read; enable tls")
)]
pub struct ExternalBroker {
    /// Some of the brokers, each as `host:port`. Clients learn the others from them; where network policies are enabled,
    /// only ports named here can be reached.
    #[schemars(
        length(min = 1, max = 16),
        inner(
            length(max = 261),
            regex(pattern = r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:[1-9][0-9]{0,4}$")
        )
    )]
    pub bootstrap_servers: Vec<String>,
    /// Encryption of connections.
    #[serde(default)]
    pub tls: BrokerTls,
    /// How clients log in; left out, they don't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sasl: Option<BrokerSasl>,
    /// Put before the names of topics and consumer groups, e.g. `photos.`, on a broker that others use too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^[A-Za-z0-9._-]+$"))]
    pub topic_prefix: Option<String>,
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.enabled || !has(self.caSecretRef)")
        .message("caSecretRef: only with tls.enabled")
)]
pub struct BrokerTls {
    /// Connections are encrypted and the broker's certificate is verified.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Secret with the key `ca.crt`, unless the brokers' certificates are publicly trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_secret_ref: Option<SecretRef>,
}

impl Default for BrokerTls {
    fn default() -> Self {
        Self { enabled: true, ca_secret_ref: None }
    }
}

fn yes() -> bool {
    true
}

#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct BrokerSasl {
    /// How the password is proven. `PLAIN` sends it: only with TLS.
    #[serde(default)]
    pub mechanism: SaslMechanism,
    /// Secret with the keys `username` and `password` of an account that may make, describe, read and write the
    /// platform's topics, and use its consumer groups.
    pub secret_ref: SecretRef,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
pub enum SaslMechanism {
    #[serde(rename = "PLAIN")]
    Plain,
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    #[default]
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

impl SaslMechanism {
    pub fn as_str(self) -> &'static str {
        match self {
            SaslMechanism::Plain => "PLAIN",
            SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
            SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// Brokers, each with a volume of its own.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.replicas == 1 || self.replicas == 3")
        .message("replicas: 1 or 3 brokers")
)]
pub struct ManagedBroker {
    /// Brokers: 1, or 3 that keep three copies of every record and go on when one is lost. Cannot be changed.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 3))]
    pub replicas: i32,
    /// The volume of each broker.
    #[serde(default)]
    pub storage: Storage,
    /// Requests and limits of each broker.
    #[serde(default)]
    pub resources: Resources,
    /// Where the pods run, and what is written on them.
    #[serde(default, skip_serializing_if = "PodOverrides::is_empty")]
    pub pod_overrides: PodOverrides,
    /// Another image than the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

impl Default for ManagedBroker {
    fn default() -> Self {
        Self {
            replicas: one(),
            storage: Storage::default(),
            resources: Resources::default(),
            pod_overrides: PodOverrides::default(),
            image: None,
        }
    }
}

fn one() -> i32 {
    1
}
