//! Configuration from the environment, each value parsed once. A missing or malformed one stops the start with a
//! message that names its variable.

use std::{fmt, net::SocketAddr, str::FromStr, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::{Args, ValueEnum};
use phasma_domain::contract::{buckets, env};

/// Everything `serve` needs to know.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Address of the public listener.
    #[arg(long, env = env::HTTP_ADDRESS, value_name = env::HTTP_ADDRESS, default_value = "0.0.0.0:8080")]
    pub http_address: SocketAddr,
    /// Address of the internal listener, for media release.
    #[arg(long, env = env::INTERNAL_ADDRESS, value_name = env::INTERNAL_ADDRESS, default_value = "0.0.0.0:8081")]
    pub internal_address: SocketAddr,
    /// Origin people see in their browser, such as `https://example.org`; https makes cookies Secure.
    #[arg(long, env = env::PUBLIC_ORIGIN, value_name = env::PUBLIC_ORIGIN)]
    pub public_origin: String,
    /// Whether new accounts may be made.
    #[arg(long, env = env::SIGNUPS, value_name = env::SIGNUPS, value_enum, ignore_case = true, default_value = "Open")]
    pub signups: Signups,
    /// Seconds a stopping server still takes requests.
    #[arg(long, env = env::DRAIN_SECONDS, value_name = env::DRAIN_SECONDS, default_value = "5", value_parser = seconds)]
    pub drain: Duration,
    /// `redis://` or `rediss://` address of the cache.
    #[arg(long, env = env::CACHE_URL, value_name = env::CACHE_URL, hide_env_values = true)]
    pub cache_url: Secret,
    /// File with the certificate authority of the cache; the system's without it.
    #[arg(long, env = env::CACHE_CA_FILE, value_name = env::CACHE_CA_FILE)]
    pub cache_ca_file: Option<String>,
    /// Bearer tokens of the internal listener, separated by commas: more than one while they change.
    #[arg(
        long = "internal-token",
        env = env::INTERNAL_TOKEN,
        value_name = env::INTERNAL_TOKEN,
        value_delimiter = ',',
        required = true,
        hide_env_values = true
    )]
    pub internal_tokens: Vec<Secret>,
    /// Tokens by which the frontend's word about the client's address counts, separated by commas.
    #[arg(
        long = "frontend-token",
        env = env::FRONTEND_TOKEN,
        value_name = env::FRONTEND_TOKEN,
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub frontend_tokens: Vec<Secret>,
    #[command(flatten)]
    pub database: DatabaseConfig,
    #[command(flatten)]
    pub object_store: ObjectStoreConfig,
    #[command(flatten)]
    pub search: SearchConfig,
    #[command(flatten)]
    pub sessions: SessionConfig,
    #[command(flatten)]
    pub rate_limits: RateLimitConfig,
}

impl Config {
    /// Whether browsers reach the platform over TLS.
    pub fn secure_cookies(&self) -> bool {
        self.public_origin.starts_with("https://")
    }
}

#[derive(Debug, Clone, Args)]
pub struct DatabaseConfig {
    /// Connection string of PostgreSQL.
    #[arg(long, env = env::DATABASE_URL, value_name = env::DATABASE_URL, hide_env_values = true)]
    pub database_url: Secret,
    /// Most connections held at once.
    #[arg(
        long,
        env = env::DATABASE_MAX_CONNECTIONS,
        value_name = env::DATABASE_MAX_CONNECTIONS,
        default_value_t = 16
    )]
    pub database_max_connections: u32,
}

/// The S3 endpoint that holds the pictures, addressed path style.
#[derive(Debug, Clone, Args)]
pub struct ObjectStoreConfig {
    #[arg(long, env = env::S3_ENDPOINT, value_name = env::S3_ENDPOINT)]
    pub s3_endpoint: String,
    #[arg(long, env = env::S3_REGION, value_name = env::S3_REGION, default_value = "us-east-1")]
    pub s3_region: String,
    #[arg(long, env = env::S3_BUCKET, value_name = env::S3_BUCKET, default_value = buckets::MEDIA)]
    pub s3_bucket: String,
    #[arg(long, env = env::S3_ACCESS_KEY_ID, value_name = env::S3_ACCESS_KEY_ID, hide_env_values = true)]
    pub s3_access_key_id: Secret,
    #[arg(long, env = env::S3_SECRET_ACCESS_KEY, value_name = env::S3_SECRET_ACCESS_KEY, hide_env_values = true)]
    pub s3_secret_access_key: Secret,
    /// File with the certificate authority of the endpoint; the system's without it.
    #[arg(long, env = env::S3_CA_FILE, value_name = env::S3_CA_FILE)]
    pub s3_ca_file: Option<String>,
}

/// Meilisearch; without a URL, PostgreSQL answers searches.
#[derive(Debug, Clone, Args)]
pub struct SearchConfig {
    #[arg(long, env = env::SEARCH_URL, value_name = env::SEARCH_URL)]
    pub search_url: Option<String>,
    #[arg(long, env = env::SEARCH_KEY, value_name = env::SEARCH_KEY, hide_env_values = true)]
    pub search_key: Option<Secret>,
    #[arg(
        long,
        env = env::SEARCH_INDEX_PREFIX,
        value_name = env::SEARCH_INDEX_PREFIX,
        default_value = ""
    )]
    pub search_index_prefix: String,
}

/// Keys of the stored session tokens' HMAC: base64 of 32 bytes or more.
#[derive(Debug, Clone, Args)]
pub struct SessionConfig {
    #[arg(long, env = env::SESSION_KEY, value_name = env::SESSION_KEY, hide_env_values = true)]
    pub session_key: Key,
    /// Other keys whose sessions are accepted, separated by commas: those of former rotations, and during one the next.
    #[arg(
        long = "session-key-previous",
        env = env::SESSION_KEY_PREVIOUS,
        value_name = env::SESSION_KEY_PREVIOUS,
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub session_keys_previous: Vec<Key>,
}

/// `burst/per-second` of each class of requests.
#[derive(Debug, Clone, Copy, Args)]
pub struct RateLimitConfig {
    /// Logging in and signing up.
    #[arg(long, env = env::RATE_LIMIT_STRICT, value_name = env::RATE_LIMIT_STRICT, default_value = "5/0.2")]
    pub rate_limit_strict: Rate,
    #[arg(long, env = env::RATE_LIMIT_UPLOAD, value_name = env::RATE_LIMIT_UPLOAD, default_value = "20/1")]
    pub rate_limit_upload: Rate,
    #[arg(long, env = env::RATE_LIMIT_TYPEAHEAD, value_name = env::RATE_LIMIT_TYPEAHEAD, default_value = "20/5")]
    pub rate_limit_typeahead: Rate,
    #[arg(long, env = env::RATE_LIMIT_READ, value_name = env::RATE_LIMIT_READ, default_value = "120/2")]
    pub rate_limit_read: Rate,
    #[arg(long, env = env::RATE_LIMIT_MUTATION, value_name = env::RATE_LIMIT_MUTATION, default_value = "30/1")]
    pub rate_limit_mutation: Rate,
}

/// Whether strangers may make accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum Signups {
    Open,
    Closed,
}

/// A value that never shows in logs or debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() { Err("the value is empty") } else { Ok(Self(text.to_owned())) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}

/// A secret key of at least 32 bytes, given in base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Key {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| "the value is not base64")?;
        if bytes.len() < 32 { Err("the key is shorter than 32 bytes") } else { Ok(Self(bytes)) }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}

/// A token bucket: so many requests at once, refilled at a steady pace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub burst: f64,
    pub per_second: f64,
}

impl FromStr for Rate {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |part: &str| part.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n > 0.0);
        text.split_once('/')
            .and_then(|(burst, pace)| Some(Self { burst: number(burst)?, per_second: number(pace)? }))
            .filter(|rate| rate.burst >= 1.0)
            .ok_or("expected `burst/per-second`, such as `30/1`")
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().map_err(|error| error.to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_two_positive_numbers() {
        assert_eq!("5/0.2".parse(), Ok(Rate { burst: 5.0, per_second: 0.2 }));
        for bad in ["", "5", "0/1", "5/0", "5/-1", "x/1", "5/inf", "0.5/1"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_are_long_enough_and_secrets_stay_hidden() {
        let key: Key = STANDARD.encode([7; 32]).parse().unwrap();
        assert_eq!(key.bytes(), [7; 32]);
        assert!(STANDARD.encode([7; 31]).parse::<Key>().is_err());
        assert!("not base64!".parse::<Key>().is_err());
        assert_eq!(format!("{key:?} {:?}", "pw".parse::<Secret>().unwrap()), "hidden hidden");
        assert!("".parse::<Secret>().is_err());
    }
}
