//! Settings of each role, from the environment. `--help` of a role lists them.

use std::{fmt, net::SocketAddr, str::FromStr};

use clap::Args;
use phasma_domain::contract::{buckets, env, roles, topics};

/// A value that must not show in logs.
#[derive(Clone)]
pub struct Hidden(String);

impl Hidden {
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for Hidden {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

#[derive(Debug, Clone, Args)]
pub struct LogConfig {
    /// Filter of the log, such as `info` or `phasma_workers=debug,info`.
    #[arg(long, env = env::LOG, default_value = "info", global = true)]
    pub log: String,
}

#[derive(Debug, Clone, Args)]
pub struct DatabaseConfig {
    /// Address of the database, with user and password.
    #[arg(long, env = env::DATABASE_URL, hide_env_values = true)]
    pub database_url: Hidden,
}

#[derive(Debug, Clone, Args)]
pub struct BrokerConfig {
    /// Addresses of the brokers, separated by commas.
    #[arg(long, env = env::BROKER_BOOTSTRAP_SERVERS)]
    pub broker_bootstrap_servers: String,
    /// PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.
    #[arg(long, env = env::BROKER_SECURITY_PROTOCOL, default_value = "PLAINTEXT")]
    pub broker_security_protocol: String,
    /// Such as SCRAM-SHA-512; needed with SASL.
    #[arg(long, env = env::BROKER_SASL_MECHANISM)]
    pub broker_sasl_mechanism: Option<String>,
    #[arg(long, env = env::BROKER_USERNAME)]
    pub broker_username: Option<String>,
    #[arg(long, env = env::BROKER_PASSWORD, hide_env_values = true)]
    pub broker_password: Option<Hidden>,
    /// File with the certificate authority of the brokers; the system's without it.
    #[arg(long, env = env::BROKER_CA_FILE)]
    pub broker_ca_file: Option<String>,
    /// Put before every topic and group name, on a broker that others use too.
    #[arg(long, env = env::TOPIC_PREFIX, default_value = "")]
    pub topic_prefix: String,
}

impl BrokerConfig {
    /// A topic's or group's name on this broker.
    pub fn prefixed(&self, name: &str) -> String {
        format!("{}{name}", self.topic_prefix)
    }
}

#[derive(Debug, Clone, Args)]
pub struct AdminConfig {
    /// Where health and metrics are served.
    #[arg(long, env = env::ADMIN_ADDRESS, default_value = "0.0.0.0:9090")]
    pub admin_address: SocketAddr,
}

#[derive(Debug, Clone, Args)]
pub struct RelayConfig {
    #[command(flatten)]
    pub database: DatabaseConfig,
    #[command(flatten)]
    pub broker: BrokerConfig,
    #[command(flatten)]
    pub admin: AdminConfig,
    /// Name of the replication slot.
    #[arg(long, env = env::REPLICATION_SLOT, default_value = roles::SLOT)]
    pub replication_slot: String,
}

#[derive(Debug, Clone, Args)]
pub struct ConsumersConfig {
    #[command(flatten)]
    pub database: DatabaseConfig,
    #[command(flatten)]
    pub broker: BrokerConfig,
    #[command(flatten)]
    pub admin: AdminConfig,
    /// Largest number of database connections.
    #[arg(long, env = env::DATABASE_MAX_CONNECTIONS, default_value_t = 8)]
    pub database_max_connections: u32,
    #[command(flatten)]
    pub cache: CacheConfig,
}

#[derive(Debug, Clone, Args)]
pub struct CacheConfig {
    /// Address of the cache, for hints to connected viewers; none without it.
    #[arg(long, env = env::CACHE_URL, hide_env_values = true)]
    pub cache_url: Option<Hidden>,
    /// File with the certificate authority of the cache; the system's without it.
    #[arg(long, env = env::CACHE_CA_FILE)]
    pub cache_ca_file: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct ObjectStoreConfig {
    /// Address of the S3 service; left out, no bucket is made.
    #[arg(long, env = env::S3_ENDPOINT)]
    pub s3_endpoint: Option<String>,
    #[arg(long, env = env::S3_REGION, default_value = "us-east-1")]
    pub s3_region: String,
    #[arg(long, env = env::S3_BUCKET, default_value = buckets::MEDIA)]
    pub s3_bucket: String,
    #[arg(long, env = env::S3_ACCESS_KEY_ID, default_value = "")]
    pub s3_access_key_id: String,
    #[arg(long, env = env::S3_SECRET_ACCESS_KEY, default_value = "", hide_env_values = true)]
    pub s3_secret_access_key: Hidden,
    /// File with the certificate authority of the S3 service; the system's without it.
    #[arg(long, env = env::S3_CA_FILE)]
    pub s3_ca_file: Option<String>,
}

/// Key of an object store, `id:secret`.
#[derive(Debug, Clone)]
pub struct S3Key {
    pub id: String,
    pub secret: Hidden,
}

impl FromStr for S3Key {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, secret) = text.split_once(':').ok_or("expected id:secret")?;
        Ok(Self { id: id.to_owned(), secret: Hidden(secret.to_owned()) })
    }
}

#[derive(Debug, Clone, Args)]
pub struct SearchConfig {
    /// Address of the search engine; left out, no index is made.
    #[arg(long, env = env::SEARCH_URL)]
    pub search_url: Option<String>,
    /// Its master key.
    #[arg(long, env = env::SEARCH_KEY, hide_env_values = true)]
    pub search_key: Option<Hidden>,
    /// Put before every index name.
    #[arg(long, env = env::SEARCH_INDEX_PREFIX, default_value = "")]
    pub search_index_prefix: String,
}

#[derive(Debug, Clone, Args)]
pub struct ProvisionConfig {
    #[command(flatten)]
    pub database: DatabaseConfig,
    #[command(flatten)]
    pub broker: BrokerConfig,
    #[command(flatten)]
    pub object_store: ObjectStoreConfig,
    /// Further keys that the object store is to accept before this is done, separated by commas.
    #[arg(long, env = env::S3_AWAITED_KEYS, value_delimiter = ',', hide_env_values = true)]
    pub s3_awaited_keys: Vec<S3Key>,
    #[command(flatten)]
    pub search: SearchConfig,
    /// Partitions of a new topic. Never changes later: keys would move.
    #[arg(long, env = env::TOPIC_PARTITIONS, default_value_t = topics::PARTITIONS)]
    pub topic_partitions: i32,
    /// Copies of each partition; -1: as many as the broker makes unasked.
    #[arg(long, env = env::TOPIC_REPLICATION, default_value_t = 1, allow_negative_numbers = true)]
    pub topic_replication: i32,
    #[command(flatten)]
    pub logins: LoginsConfig,
    /// The owner's address of before, tried when the present one is refused.
    #[arg(long, env = env::DATABASE_URL_FORMER, hide_env_values = true)]
    pub database_url_former: Option<Hidden>,
    /// SHA-256, in hexadecimal, of the certificate that the database is to show; left out, whichever it has will do.
    #[arg(long, env = env::DATABASE_CERTIFICATE)]
    pub database_certificate: Option<String>,
}

/// Passwords that the database's logins are to have.
#[derive(Debug, Clone, Args)]
pub struct LoginsConfig {
    /// Of the API's login; left out, its logins are left alone.
    #[arg(long, env = env::API_PASSWORD, hide_env_values = true)]
    pub api_password: Option<Hidden>,
    /// Of the API's other login, during a rotation; left out, that login is shut out.
    #[arg(long, env = env::API_PASSWORD_OTHER, hide_env_values = true)]
    pub api_password_other: Option<Hidden>,
    #[arg(long, env = env::CONSUMERS_PASSWORD, hide_env_values = true)]
    pub consumers_password: Option<Hidden>,
    #[arg(long, env = env::CONSUMERS_PASSWORD_OTHER, hide_env_values = true)]
    pub consumers_password_other: Option<Hidden>,
    #[arg(long, env = env::RELAY_PASSWORD, hide_env_values = true)]
    pub relay_password: Option<Hidden>,
    #[arg(long, env = env::RELAY_PASSWORD_OTHER, hide_env_values = true)]
    pub relay_password_other: Option<Hidden>,
    /// Of the owner; left out, it is left alone.
    #[arg(long, env = env::OWNER_PASSWORD, hide_env_values = true)]
    pub owner_password: Option<Hidden>,
    /// Which login of each pair the programs use: 0 or 1.
    #[arg(long, env = env::LOGIN_TURN, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..2))]
    pub login_turn: u8,
}

/// Only what the checked service needs has to be there.
#[derive(Debug, Clone, Args)]
pub struct CheckConfig {
    #[arg(long, env = env::DATABASE_URL, hide_env_values = true)]
    pub database_url: Option<Hidden>,
    #[command(flatten)]
    pub cache: CacheConfig,
    #[command(flatten)]
    pub object_store: ObjectStoreConfig,
    #[command(flatten)]
    pub search: SearchConfig,
    #[arg(long, env = env::BROKER_BOOTSTRAP_SERVERS)]
    pub broker_bootstrap_servers: Option<String>,
    #[arg(long, env = env::BROKER_SECURITY_PROTOCOL, default_value = "PLAINTEXT")]
    pub broker_security_protocol: String,
    #[arg(long, env = env::BROKER_SASL_MECHANISM)]
    pub broker_sasl_mechanism: Option<String>,
    #[arg(long, env = env::BROKER_USERNAME)]
    pub broker_username: Option<String>,
    #[arg(long, env = env::BROKER_PASSWORD, hide_env_values = true)]
    pub broker_password: Option<Hidden>,
    #[arg(long, env = env::BROKER_CA_FILE)]
    pub broker_ca_file: Option<String>,
}

impl CheckConfig {
    /// The broker's settings, if it is configured at all.
    pub fn broker(&self) -> Option<BrokerConfig> {
        Some(BrokerConfig {
            broker_bootstrap_servers: self.broker_bootstrap_servers.clone()?,
            broker_security_protocol: self.broker_security_protocol.clone(),
            broker_sasl_mechanism: self.broker_sasl_mechanism.clone(),
            broker_username: self.broker_username.clone(),
            broker_password: self.broker_password.clone(),
            broker_ca_file: self.broker_ca_file.clone(),
            topic_prefix: String::new(),
        })
    }
}
