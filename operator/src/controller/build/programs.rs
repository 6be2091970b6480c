//! The platform's own programs: Jobs that migrate and provision, relay, consumers, API, frontend.

use phasma_crds::spec::{ApiConfig, Signups};
use phasma_domain::contract::broker::User;
use phasma_domain::contract::{env, ports};

use super::authorities;
use super::broker;
use super::cache;
use super::database::{self, Role};
use super::inputs::{Data, Inputs};
use super::names::Component;
use super::object::Object;
use super::object_storage::{self, Account};
use super::pod::{self, Pod};
use super::postgres;
use super::search::{self, Key};
use super::seaweedfs;
use super::workload::{Succession, deployment, job, public_service, scalable, service};
use crate::controller::credentials::Credential;
use crate::controller::model::{Container, Platform};

const HTTP: (&str, u16) = ("http", ports::API);
const INTERNAL: (&str, u16) = ("internal", ports::API_INTERNAL);
const ADMIN: (&str, u16) = ("admin", ports::WORKERS_ADMIN);
const FRONTEND: (&str, u16) = ("http", ports::FRONTEND);
/// Proxies need a moment to learn that a pod is going.
const PAUSE: i64 = 5;
const GRACE: i64 = 40;

/// The Secret of a program.
pub(super) fn inputs(platform: &Platform, component: Component, inputs: &mut Inputs) {
    let secret = match component {
        Component::Migrate => migrate_secret(platform),
        Component::Provision => provision_secret(platform),
        Component::Relay => relay_secret(platform),
        Component::Consumers => consumers_secret(platform),
        Component::Api => api_secret(platform),
        Component::Frontend => credentials(platform, &[(env::FRONTEND_TOKEN, Credential::FrontendToken)]),
        _ => return,
    };
    inputs.secret(component, platform.names.of(component), secret);
}

fn migrate_secret(platform: &Platform) -> Data {
    let mut data = Data::new();
    database::owner_secret(platform, &mut data);
    data
}

fn provision_secret(platform: &Platform) -> Data {
    let mut data = Data::new();
    object_storage::client_secret(platform, Account::Provision, &mut data);
    if platform.object_storage.managed().is_some()
        && let Some(keys) = seaweedfs::awaited_keys(platform)
    {
        data.insert(env::S3_AWAITED_KEYS.to_owned(), keys);
    }
    search::client_secret(platform, Key::Master, &mut data);
    database::owner_secret(platform, &mut data);
    database::logins_secret(platform, &mut data);
    broker::client_secret(platform, User::Provision, &mut data);
    data
}

fn relay_secret(platform: &Platform) -> Data {
    let mut data = Data::new();
    database::client_secret(platform, Role::Relay, &mut data);
    broker::client_secret(platform, User::Relay, &mut data);
    data
}

fn consumers_secret(platform: &Platform) -> Data {
    let mut data = Data::new();
    cache::client_secret(platform, &mut data);
    database::client_secret(platform, Role::Consumers, &mut data);
    broker::client_secret(platform, User::Consumers, &mut data);
    data
}

fn api_secret(platform: &Platform) -> Data {
    let mut data = credentials(platform, &[(env::SESSION_KEY, Credential::SessionKey)]);
    accepted_tokens(platform, &mut data);
    object_storage::client_secret(platform, Account::Api, &mut data);
    cache::client_secret(platform, &mut data);
    search::client_secret(platform, Key::Search, &mut data);
    database::client_secret(platform, Role::Api, &mut data);
    data
}

/// What the API accepts besides what it uses itself.
fn accepted_tokens(platform: &Platform, data: &mut Data) {
    let credentials = &platform.credentials;
    for (name, token) in
        [(env::INTERNAL_TOKEN, Credential::InternalToken), (env::FRONTEND_TOKEN, Credential::FrontendToken)]
    {
        data.insert(name.to_owned(), credentials.accepted(token));
    }
    let keys = credentials.accepted_session_keys();
    if !keys.is_empty() {
        data.insert(env::SESSION_KEY_PREVIOUS.to_owned(), keys);
    }
}

fn credentials(platform: &Platform, wanted: &[(&str, Credential)]) -> Data {
    let pair = |&(name, credential): &(&str, Credential)| {
        (name.to_owned(), platform.credentials.get(credential).to_owned())
    };
    wanted.iter().map(pair).collect()
}

fn program<'a>(
    platform: &Platform,
    component: Component,
    container: &'a Container,
    binary: &str,
    command: &str,
) -> Pod<'a> {
    let mut pod = Pod::new(component, container);
    pod.command = vec![binary.to_owned()];
    pod.args = vec![command.to_owned()];
    pod.env_secret = Some(platform.names.of(component));
    pod.mounts.push(pod::trust(platform));
    pod.mounts.extend(authorities::mounts(platform, component));
    pod
}

pub(super) fn migrate(platform: &Platform, inputs: &Inputs) -> Object {
    let mut pod = program(platform, Component::Migrate, &platform.api.container, "phasma-api", "migrate");
    pod.env.push(volumes(platform));
    job(platform, inputs, pod)
}

pub(super) fn provision(platform: &Platform, inputs: &Inputs, container: &Container) -> Object {
    let mut pod = program(platform, Component::Provision, container, "phasma-workers", "provision");
    pod.env = broker::provision_environment(platform);
    pod.env.extend(object_storage::client_environment(platform));
    pod.env.extend(search::client_environment(platform));
    pod.env.push((env::LOGIN_TURN, platform.credentials.rotation().turn.index().to_string()));
    pod.env.extend(postgres::certificate_environment(platform));
    pod.env.push(volumes(platform));
    job(platform, inputs, pod)
}

/// Makes a Job run again, and a client start anew, for a volume that was made anew.
pub(in crate::controller::build) fn volumes(platform: &Platform) -> (&'static str, String) {
    (env::VOLUMES, platform.volumes.clone())
}

pub(super) fn relay(platform: &Platform, inputs: &Inputs) -> Object {
    let mut pod = program(platform, Component::Relay, &platform.relay, "phasma-workers", "relay");
    pod.env = broker::client_environment(platform);
    with_admin_probes(&mut pod);
    deployment(platform, inputs, &pod, 1, Succession::Exclusive)
}

pub(super) fn consumers(platform: &Platform, inputs: &Inputs) -> Vec<Object> {
    let workload = &platform.consumers;
    let mut pod = program(platform, Component::Consumers, &workload.container, "phasma-workers", "consumers");
    pod.env = broker::client_environment(platform);
    pod.env.extend(cache::client_environment(platform));
    // A client that saw its topics vanish with the broker's volume may wait for ever for those made anew.
    pod.env.push(volumes(platform));
    with_admin_probes(&mut pod);
    scalable(platform, inputs, &pod, workload)
}

fn with_admin_probes(pod: &mut Pod<'_>) {
    pod.ports = vec![ADMIN];
    pod.startup = pod::every(pod::http("/health", ports::WORKERS_ADMIN), 1, 120);
    pod.liveness = pod::every(pod::http("/health", ports::WORKERS_ADMIN), 10, 6);
    pod.readiness = pod::every(pod::http("/ready", ports::WORKERS_ADMIN), 2, 3);
    pod.pause = Some(PAUSE);
    pod.grace = GRACE;
}

pub(super) fn api(platform: &Platform, inputs: &Inputs) -> Vec<Object> {
    let workload = &platform.api;
    let mut pod = program(platform, Component::Api, &workload.container, "phasma-api", "serve");
    pod.env = vec![
        (env::PUBLIC_ORIGIN, platform.public_origin.clone()),
        (env::SIGNUPS, signups(platform.signups).to_owned()),
    ];
    pod.env.extend(settings(&platform.api_config));
    pod.env.extend(object_storage::client_environment(platform));
    pod.env.extend(cache::client_environment(platform));
    pod.env.extend(search::client_environment(platform));
    pod.ports = vec![HTTP, INTERNAL];
    pod.startup = pod::every(pod::http("/ready", ports::API), 2, 150);
    pod.liveness = pod::every(pod::http("/health", ports::API), 10, 6);
    // A store that is down must not take the site off the net, so readiness asks about the process only.
    pod.readiness = pod::every(pod::http("/health/traffic", ports::API), 1, 2);
    pod.pause = Some(PAUSE);
    pod.grace = GRACE;
    let mut objects = scalable(platform, inputs, &pod, workload);
    objects.push(service(platform, Component::Api, &[HTTP, INTERNAL]));
    objects
}

/// What the resource says about the API; the program knows the defaults.
fn settings(config: &ApiConfig) -> impl Iterator<Item = (&'static str, String)> {
    let limits = &config.rate_limits;
    let settings = [
        (env::LOG, config.log.clone()),
        (env::DATABASE_MAX_CONNECTIONS, config.database_connections.map(|most| most.to_string())),
        (env::RATE_LIMIT_STRICT, limits.strict.clone()),
        (env::RATE_LIMIT_UPLOAD, limits.upload.clone()),
        (env::RATE_LIMIT_TYPEAHEAD, limits.typeahead.clone()),
        (env::RATE_LIMIT_READ, limits.read.clone()),
        (env::RATE_LIMIT_MUTATION, limits.mutation.clone()),
    ];
    settings.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

fn signups(signups: Signups) -> &'static str {
    match signups {
        Signups::Open => "Open",
        Signups::Closed => "Closed",
    }
}

pub(super) fn frontend(platform: &Platform, inputs: &Inputs) -> Vec<Object> {
    let workload = &platform.frontend;
    let mut pod = Pod::new(Component::Frontend, &workload.container);
    pod.command = vec!["node".to_owned()];
    pod.args = vec!["server.js".to_owned()];
    pod.env_secret = Some(platform.names.of(Component::Frontend));
    pod.env = vec![
        (env::API_URL, format!("http://{}:{}", platform.names.of(Component::Api), ports::API)),
        (env::PUBLIC_ORIGIN, platform.public_origin.clone()),
    ];
    pod.ports = vec![FRONTEND];
    pod.startup = pod::every(pod::tcp(ports::FRONTEND), 1, 120);
    pod.liveness = pod::every(pod::tcp(ports::FRONTEND), 10, 6);
    pod.readiness = pod::every(pod::tcp(ports::FRONTEND), 1, 2);
    pod.pause = Some(PAUSE);
    pod.grace = GRACE;
    if !platform.exposure.trusted_proxies.is_empty() {
        pod.env.push((env::TRUSTED_PROXIES, platform.exposure.trusted_proxies.join(",")));
    }
    let mut objects = scalable(platform, inputs, &pod, workload);
    objects.push(public_service(platform, Component::Frontend, &[FRONTEND]));
    objects
}
