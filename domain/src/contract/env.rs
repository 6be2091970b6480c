//! Environment variables of the programs. A value here is the variable's name.

pub const LOG: &str = "PHASMA_LOG";

pub const DATABASE_URL: &str = "PHASMA_DATABASE_URL";
/// The address with the owner's password of before, tried when the present one is refused.
pub const DATABASE_URL_FORMER: &str = "PHASMA_DATABASE_URL_FORMER";
pub const DATABASE_MAX_CONNECTIONS: &str = "PHASMA_DATABASE_MAX_CONNECTIONS";
pub const REPLICATION_SLOT: &str = "PHASMA_REPLICATION_SLOT";

pub const BROKER_BOOTSTRAP_SERVERS: &str = "PHASMA_BROKER_BOOTSTRAP_SERVERS";
pub const BROKER_SECURITY_PROTOCOL: &str = "PHASMA_BROKER_SECURITY_PROTOCOL";
pub const BROKER_SASL_MECHANISM: &str = "PHASMA_BROKER_SASL_MECHANISM";
pub const BROKER_USERNAME: &str = "PHASMA_BROKER_USERNAME";
pub const BROKER_PASSWORD: &str = "PHASMA_BROKER_PASSWORD";
pub const BROKER_CA_FILE: &str = "PHASMA_BROKER_CA_FILE";
/// Redpanda Connect only: `false` for a broker without TLS.
pub const BROKER_TLS: &str = "PHASMA_BROKER_TLS";
pub const TOPIC_PREFIX: &str = "PHASMA_TOPIC_PREFIX";
pub const TOPIC_PARTITIONS: &str = "PHASMA_TOPIC_PARTITIONS";
pub const TOPIC_REPLICATION: &str = "PHASMA_TOPIC_REPLICATION";

pub const CACHE_URL: &str = "PHASMA_CACHE_URL";
pub const CACHE_CA_FILE: &str = "PHASMA_CACHE_CA_FILE";

pub const S3_ENDPOINT: &str = "PHASMA_S3_ENDPOINT";
pub const S3_REGION: &str = "PHASMA_S3_REGION";
pub const S3_BUCKET: &str = "PHASMA_S3_BUCKET";
pub const S3_ACCESS_KEY_ID: &str = "PHASMA_S3_ACCESS_KEY_ID";
pub const S3_SECRET_ACCESS_KEY: &str = "PHASMA_S3_SECRET_ACCESS_KEY";
pub const S3_CA_FILE: &str = "PHASMA_S3_CA_FILE";
/// `id:secret` of further keys that the object store is to accept, separated by commas: those of a rotation under way.
pub const S3_AWAITED_KEYS: &str = "PHASMA_S3_AWAITED_KEYS";

pub const SEARCH_URL: &str = "PHASMA_SEARCH_URL";
pub const SEARCH_KEY: &str = "PHASMA_SEARCH_KEY";
pub const SEARCH_INDEX_PREFIX: &str = "PHASMA_SEARCH_INDEX_PREFIX";

pub const SESSION_KEY: &str = "PHASMA_SESSION_KEY";
pub const SESSION_KEY_PREVIOUS: &str = "PHASMA_SESSION_KEY_PREVIOUS";
/// One token for who sends it; separated by commas, all that are valid for who accepts it. Likewise the frontend's.
pub const INTERNAL_TOKEN: &str = "PHASMA_INTERNAL_TOKEN";
pub const FRONTEND_TOKEN: &str = "PHASMA_FRONTEND_TOKEN";
pub const PUBLIC_ORIGIN: &str = "PHASMA_PUBLIC_ORIGIN";
/// Address ranges, separated by commas, of proxies whose `X-Forwarded-For` the frontend believes.
pub const TRUSTED_PROXIES: &str = "PHASMA_TRUSTED_PROXIES";
pub const SIGNUPS: &str = "PHASMA_SIGNUPS";
pub const HTTP_ADDRESS: &str = "PHASMA_HTTP_ADDRESS";
pub const INTERNAL_ADDRESS: &str = "PHASMA_INTERNAL_ADDRESS";
pub const ADMIN_ADDRESS: &str = "PHASMA_ADMIN_ADDRESS";
/// `burst/per-second`, one variable per class of requests.
pub const RATE_LIMIT_STRICT: &str = "PHASMA_RATE_LIMIT_STRICT";
pub const RATE_LIMIT_UPLOAD: &str = "PHASMA_RATE_LIMIT_UPLOAD";
pub const RATE_LIMIT_TYPEAHEAD: &str = "PHASMA_RATE_LIMIT_TYPEAHEAD";
pub const RATE_LIMIT_READ: &str = "PHASMA_RATE_LIMIT_READ";
pub const RATE_LIMIT_MUTATION: &str = "PHASMA_RATE_LIMIT_MUTATION";
/// How long a stopping server still takes requests, while load balancers notice.
pub const DRAIN_SECONDS: &str = "PHASMA_DRAIN_SECONDS";
pub const API_URL: &str = "PHASMA_API_URL";

pub const API_PASSWORD: &str = "PHASMA_API_PASSWORD";
pub const CONSUMERS_PASSWORD: &str = "PHASMA_CONSUMERS_PASSWORD";
pub const RELAY_PASSWORD: &str = "PHASMA_RELAY_PASSWORD";
/// Which login of each pair has the password above: 0 or 1.
pub const LOGIN_TURN: &str = "PHASMA_LOGIN_TURN";
/// Passwords of the other logins of the pairs, valid besides during a rotation.
pub const API_PASSWORD_OTHER: &str = "PHASMA_API_PASSWORD_OTHER";
pub const CONSUMERS_PASSWORD_OTHER: &str = "PHASMA_CONSUMERS_PASSWORD_OTHER";
pub const RELAY_PASSWORD_OTHER: &str = "PHASMA_RELAY_PASSWORD_OTHER";
/// Password that the database's owner is to have.
pub const OWNER_PASSWORD: &str = "PHASMA_OWNER_PASSWORD";
/// SHA-256, in hexadecimal, of the certificate that the database is to show.
pub const DATABASE_CERTIFICATE: &str = "PHASMA_DATABASE_CERTIFICATE";

/// Identity of the stores' volumes; read by nobody, it makes a Job run again and a client start anew when one is.
pub const VOLUMES: &str = "PHASMA_VOLUMES";

pub const MEDIA_RELEASED_URL: &str = "PHASMA_MEDIA_RELEASED_URL";
pub const INSTANCE_ID: &str = "PHASMA_INSTANCE_ID";
