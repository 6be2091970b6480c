//! One running API with a database of its own.

use std::{
    collections::BTreeMap,
    env,
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use clap::Parser;
use phasma_api::{
    app::App,
    clients::cache::Cache,
    config::Config,
    media::Decoder,
    security::token::Token,
    server::{self, Listeners},
};
use phasma_domain::{
    id::UserId,
    session::{MAX_PER_USER, SLIDING},
};
use phasma_store::{
    sessions::{self, NewSession},
    testing::{TestDatabase, required},
    users::{self, NewUser},
};
use reqwest::{
    Client, Method, RequestBuilder,
    header::{HeaderMap, HeaderValue},
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

use super::{Gate, PASSWORD, Person, Reply, bucket};

/// Where browsers would find the platform.
pub(crate) const PUBLIC_ORIGIN: &str = "https://phasma.example";
const FRONTEND_TOKEN: &str = "the frontend's token";
pub(crate) const INTERNAL_TOKEN: &str = "the internal token";
/// Base64 of 32 bytes.
const SESSION_KEY: &str = "c2Vzc2lvbi1rZXktc2Vzc2lvbi1rZXktc2Vzc2lvbi0=";

/// Out of the way, except in the tests about them.
const RATE_LIMITS: [&str; 5] = [
    "rate-limit-strict",
    "rate-limit-upload",
    "rate-limit-typeahead",
    "rate-limit-read",
    "rate-limit-mutation",
];

/// Configuration is read the way the program reads it.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    config: Config,
}

/// How many replicas each test starts behind one address, unless it is about one process; one if it isn't set.
const REPLICAS: &str = "PHASMA_TEST_REPLICAS";

/// The API, one or more replicas of it, asked in turn.
pub(crate) struct TestApp {
    /// What the first replica works with.
    pub(crate) state: App,
    pub(crate) client: Client,
    /// Sets this test apart where tests share something.
    pub(crate) id: String,
    replicas: Vec<Replica>,
    turn: AtomicUsize,
    database: TestDatabase,
}

/// One process' worth of the API.
struct Replica {
    state: App,
    public: SocketAddr,
    internal: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<anyhow::Result<()>>,
}

impl Replica {
    async fn start(mut state: App, with_cache: bool) -> Self {
        state.decoder = Decoder::new(env!("CARGO_BIN_EXE_phasma-api").into());
        if with_cache {
            connected(&state.cache).await;
        }
        let listeners = Listeners::bind(&state.config).await.unwrap();
        let public = listeners.public.local_addr().unwrap();
        let internal = listeners.internal.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let until = async { drop(stopped.await) };
        let server = tokio::spawn(server::run(state.clone(), listeners, until));
        Self { state, public, internal, stop, server }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.server.await.unwrap().unwrap();
        self.state.pool.close().await;
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts with other `settings` than usual: pairs of an option of `serve` and its value.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(TestDatabase::create().await, None, settings, replicas(), |_| {}).await
    }

    /// Starts one replica, for what is about one process.
    pub(crate) async fn alone(settings: &[(&str, &str)]) -> Self {
        Self::on(TestDatabase::create().await, None, settings, 1, |_| {}).await
    }

    /// Starts where accounts with more than so many followers are celebrities.
    pub(crate) async fn with_celebrities(followers: i64) -> Self {
        let change = |state: &mut App| state.celebrity_followers = followers;
        Self::on(TestDatabase::create().await, None, &[], replicas(), change).await
    }

    /// Starts one replica with a gate in the way to the database.
    pub(crate) async fn behind_a_gate() -> (Self, Gate) {
        let database = TestDatabase::create().await;
        let gate = Gate::before(&database.url).await;
        let url = gate.url(&database.url);
        (Self::on(database, Some(url), &[], 1, |_| {}).await, gate)
    }

    async fn on(
        database: TestDatabase,
        url: Option<String>,
        settings: &[(&str, &str)],
        count: usize,
        change: impl Fn(&mut App),
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let id = database.name.clone();
        let url = url.unwrap_or_else(|| database.url.clone());
        let with_cache = settings.iter().all(|(name, _)| *name != "cache-url");
        let mut replicas = Vec::new();
        for _ in 0..count {
            let mut state = App::new(config(&id, &url, settings)).unwrap();
            change(&mut state);
            replicas.push(Replica::start(state, with_cache).await);
        }
        let state = replicas[0].state.clone();
        Self { state, client: client(), id, replicas, turn: AtomicUsize::new(0), database }
    }

    /// Stops the server and drops what it had. A test that fails before leaves its database to the end of the run.
    pub(crate) async fn stop(self) {
        for replica in self.replicas {
            replica.stop().await;
        }
        self.database.drop().await;
    }

    /// The replica whose turn it is.
    fn next(&self) -> &Replica {
        &self.replicas[self.turn.fetch_add(1, Ordering::Relaxed) % self.replicas.len()]
    }

    /// Runs statements as the database's owner, without parameters.
    pub(crate) async fn sql(&self, statements: &'static str) {
        sqlx::raw_sql(statements).execute(&self.database.pool).await.unwrap();
    }

    /// The number that `query` selects.
    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.database.pool).await.unwrap()
    }

    pub(crate) fn pool(&self) -> &sqlx::PgPool {
        &self.database.pool
    }

    /// Types and payloads of the outbox, in order.
    pub(crate) async fn events(&self) -> Vec<(String, Value)> {
        sqlx::query_as("select type, payload from outbox order by seq").fetch_all(self.pool()).await.unwrap()
    }

    /// Types of the outbox, in order.
    pub(crate) async fn event_kinds(&self) -> Vec<String> {
        self.events().await.into_iter().map(|(kind, _)| kind).collect()
    }

    /// Empties the outbox, so that what follows stands alone.
    pub(crate) async fn forget_events(&self) {
        self.sql("delete from outbox").await;
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.next().public))
    }

    pub(crate) fn internal_request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.next().internal))
    }

    /// A stranger's GET.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::to(self.request(Method::GET, path)).await
    }

    /// A stranger's POST.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request(Method::POST, path).json(body)).await
    }

    /// An account and a session of it, straight from the store: most tests are not about passwords.
    pub(crate) async fn person(&self, username: &str) -> Person<'_> {
        let public_id = UserId::generate().0;
        let (name, email) = (format!("Name of {username}"), self.email(username));
        let user = NewUser { public_id, username, name: &name, email: &email, password_hash: "none" };
        let mut connection = self.pool().acquire().await.unwrap();
        let row = users::insert(&mut connection, user).await.unwrap();
        drop(connection);
        let token = self.start_session(row.id).await;
        Person::new(self, token, username, row.id, public_id)
    }

    /// A session of the account, as logging in would start it.
    pub(crate) async fn start_session(&self, user: i64) -> String {
        let token = Token::generate().unwrap();
        let now = OffsetDateTime::now_utc();
        let session = NewSession {
            public_id: Uuid::now_v7(),
            user_id: user,
            token_hash: &self.state.keys.hash(&token),
            device: "Firefox on Linux",
            created: now,
            expires: now + SLIDING,
        };
        let mut connection = self.pool().acquire().await.unwrap();
        sessions::insert(&mut connection, session, MAX_PER_USER).await.unwrap();
        token.to_cookie_value()
    }

    /// An account that has a password and was made by signing up.
    pub(crate) async fn sign_up(&self, username: &str) -> Person<'_> {
        let form = json!({
            "name": format!("Name of {username}"),
            "username": username,
            "email": self.email(username),
            "password": PASSWORD,
        });
        self.post("/users", &form).await.expect(201);
        let token = self.log_in(username, PASSWORD).await.session_cookie();
        let (id, public_id): (i64, Uuid) =
            sqlx::query_as("select id, public_id from users where username = $1")
                .bind(username)
                .fetch_one(self.pool())
                .await
                .unwrap();
        Person::new(self, token, username, id, public_id)
    }

    pub(crate) async fn log_in(&self, username: &str, password: &str) -> Reply {
        self.post("/sessions", &json!({ "email": self.email(username), "password": password })).await
    }

    /// Makes this test's bucket, which goes with the object store.
    pub(crate) async fn make_bucket(&self) {
        bucket::make(&self.state.config.object_store).await;
    }

    /// An address no other test uses: failed logins are counted by address in a cache that tests share.
    pub(crate) fn email(&self, username: &str) -> String {
        format!("{username}@{}.example", self.id.replace('_', "-"))
    }
}

fn replicas() -> usize {
    env::var(REPLICAS).map_or(1, |count| count.parse().unwrap())
}

fn config(id: &str, database_url: &str, settings: &[(&str, &str)]) -> Config {
    let prefix = format!("{id}-");
    let bucket = id.replace('_', "-");
    let mut options = BTreeMap::from([
        ("http-address", "127.0.0.1:0"),
        ("internal-address", "127.0.0.1:0"),
        ("public-origin", PUBLIC_ORIGIN),
        ("internal-token", INTERNAL_TOKEN),
        ("frontend-token", FRONTEND_TOKEN),
        ("session-key", SESSION_KEY),
        ("drain", "0"),
        ("database-url", database_url),
        ("database-max-connections", "4"),
        ("search-index-prefix", &prefix),
        ("s3-bucket", &bucket),
    ]);
    options.extend(RATE_LIMITS.map(|option| (option, "10000/10000")));
    options.extend(settings.iter().copied());
    for variable in ["PHASMA_CACHE_URL", "PHASMA_S3_ENDPOINT", "PHASMA_SEARCH_URL"] {
        let _ = required(variable);
    }
    let options = options.into_iter().map(|(name, value)| format!("--{name}={value}"));
    Arguments::try_parse_from(std::iter::once("test".to_owned()).chain(options)).unwrap().config
}

/// Until the cache is connected, limits are decided without it.
async fn connected(cache: &Cache) {
    let connecting = async {
        while cache.ping().await.is_err() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), connecting).await.expect("the cache never answered");
}

/// One address for each test: limits of strangers are counted by address in a cache that tests share.
fn client() -> Client {
    let [a, b, c]: [u8; 3] = rand::random();
    let address = format!("10.{a}.{b}.{c}");
    let headers = HeaderMap::from_iter([
        ("x-phasma-frontend-token".parse().unwrap(), HeaderValue::from_static(FRONTEND_TOKEN)),
        ("x-forwarded-for".parse().unwrap(), HeaderValue::from_str(&address).unwrap()),
    ]);
    Client::builder().default_headers(headers).no_proxy().build().unwrap()
}
