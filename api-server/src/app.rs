//! What every request can reach: the connections, the keys and the limits of one running API.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use metrics_exporter_prometheus::PrometheusHandle;
use phasma_domain::user::CELEBRITY_FOLLOWERS;
use sqlx::{
    Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::Semaphore;

use crate::{
    breaker::Breaker,
    clients::{
        authority::{Authority, AuthorityError},
        cache::Cache,
        object_store::ObjectStore,
        search::Search,
    },
    config::{Config, DatabaseConfig},
    limits::Limits,
    media::Decoder,
    security::{password::Hasher, token::SessionKeys},
    telemetry,
};

/// A request waits this long for a database connection before it is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// A connection idle for longer is asked whether it still works before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);
/// No statement runs longer.
const STATEMENT_TIMEOUT: &str = "8s";
/// Requests served at once; more wait a moment, then are refused.
const MAX_REQUESTS: usize = 512;

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub pool: PgPool,
    pub cache: Cache,
    pub search: Option<Search>,
    pub object_store: ObjectStore,
    pub decoder: Decoder,
    pub hasher: Hasher,
    pub keys: Arc<SessionKeys>,
    pub limits: Arc<Limits>,
    pub traffic: Arc<Traffic>,
    pub breaker: Arc<Breaker>,
    pub metrics: PrometheusHandle,
    /// Past so many followers an account's posts are read at query time.
    pub celebrity_followers: i64,
    pub config: Arc<Config>,
}

/// Why the API could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("the address of the database in {variable} is malformed: {source}", variable = phasma_domain::contract::env::DATABASE_URL)]
    Database { source: sqlx::Error },
    #[error("the address of the cache in {variable} is malformed: {source}", variable = phasma_domain::contract::env::CACHE_URL)]
    Cache { source: fred::error::Error },
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error("the address of the search engine in {variable} is malformed: {source}", variable = phasma_domain::contract::env::SEARCH_URL)]
    Search { source: meilisearch_sdk::errors::Error },
    #[error("the path of the program, which decodes pictures too, can't be read: {source}")]
    Executable { source: std::io::Error },
    #[error("metrics can't be recorded: {source}")]
    Metrics { source: metrics_exporter_prometheus::BuildError },
}

impl App {
    /// Puts the parts together. Connections open on first use, so that a dependency which is away at the start
    /// degrades the API as it would later.
    pub fn new(config: Config) -> Result<Self, AppError> {
        let authority = config.cache_ca_file.as_deref().map(Authority::read).transpose()?;
        let cache = Cache::connect(config.cache_url.reveal(), authority)
            .map_err(|source| AppError::Cache { source })?;
        Ok(Self {
            pool: pool(&config.database).map_err(|source| AppError::Database { source })?,
            search: Search::new(&config.search).map_err(|source| AppError::Search { source })?,
            object_store: ObjectStore::new(&config.object_store)?,
            decoder: Decoder::new(std::env::current_exe().map_err(|source| AppError::Executable { source })?),
            hasher: Hasher::new(),
            keys: Arc::new(SessionKeys::new(&config.sessions)),
            limits: Arc::new(Limits::new(cache.clone(), config.rate_limits)),
            traffic: Arc::new(Traffic::new()),
            breaker: Arc::default(),
            metrics: telemetry::metrics().map_err(|source| AppError::Metrics { source })?,
            cache,
            celebrity_followers: CELEBRITY_FOLLOWERS,
            config: Arc::new(config),
        })
    }
}

/// How requests, and the commands of the person on call, reach the database.
pub(crate) fn connect_options(config: &DatabaseConfig) -> Result<PgConnectOptions, sqlx::Error> {
    let options = config.database_url.reveal().parse::<PgConnectOptions>()?;
    Ok(options.application_name("phasma-api").options([("statement_timeout", STATEMENT_TIMEOUT)]))
}

fn pool(config: &DatabaseConfig) -> Result<PgPool, sqlx::Error> {
    Ok(PgPoolOptions::new()
        .max_connections(config.database_max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_lifetime(Duration::from_secs(30 * 60))
        // A round trip less: requests whose connection turns out to be broken are repeated.
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                if known.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(connect_options(config)?))
}

/// Whether requests are taken, and how many at once.
pub struct Traffic {
    draining: AtomicBool,
    pub permits: Semaphore,
}

impl Traffic {
    fn new() -> Self {
        Self { draining: AtomicBool::new(false), permits: Semaphore::new(MAX_REQUESTS) }
    }

    /// From now on, load balancers are told to send requests elsewhere.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
