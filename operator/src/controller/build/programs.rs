//! The platform's own programs: Jobs that migrate and provision, relay, consumers, API, frontend.

use phasma_crds::spec::Signups;
use phasma_domain::contract::{buckets, env, ports, search_keys};

use super::database::{self, Role};
use super::inputs::{Data, Inputs};
use super::names::Component;
use super::object::Object;
use super::pod::{self, Pod};
use super::postgres;
use super::redpanda;
use super::seaweedfs;
use super::workload::{Succession, deployment, disruption_budget, job, public_service, service};
use crate::controller::credentials::Credential;
use crate::controller::model::{Container, Platform};

const HTTP: (&str, u16) = ("http", ports::API);
const INTERNAL: (&str, u16) = ("internal", ports::API_INTERNAL);
const ADMIN: (&str, u16) = ("admin", ports::WORKERS_ADMIN);
const FRONTEND: (&str, u16) = ("http", ports::FRONTEND);
/// Proxies need a moment to learn that a pod is going.
const PAUSE: i64 = 5;
const GRACE: i64 = 40;
const S3_REGION: &str = "us-east-1";

pub(super) fn inputs(platform: &Platform, inputs: &mut Inputs) {
    let mut add = |component, data| inputs.secret(component, platform.names.of(component), data);
    add(Component::Migrate, migrate_secret(platform));
    add(Component::Provision, provision_secret(platform));
    add(Component::Relay, relay_secret(platform));
    add(Component::Consumers, consumers_secret(platform));
    add(Component::Api, api_secret(platform));
    add(Component::Frontend, credentials(platform, &[(env::FRONTEND_TOKEN, Credential::FrontendToken)]));
}

fn migrate_secret(platform: &Platform) -> Data {
    let mut data = Data::new();
    database::owner_secret(platform, &mut data);
    data
}

fn provision_secret(platform: &Platform) -> Data {
    let mut data = credentials(
        platform,
        &[
            (env::S3_ACCESS_KEY_ID, Credential::S3AdminKeyId),
            (env::S3_SECRET_ACCESS_KEY, Credential::S3AdminSecretKey),
        ],
    );
    if let Some(keys) = seaweedfs::awaited_keys(platform) {
        data.insert(env::S3_AWAITED_KEYS.to_owned(), keys);
    }
    if platform.search.is_some() {
        data.extend(credentials(platform, &[(env::SEARCH_KEY, Credential::SearchMasterKey)]));
    }
    database::owner_secret(platform, &mut data);
    database::logins_secret(platform, &mut data);
    redpanda::client_secret(platform, &mut data);
    data
}

fn relay_secret(platform: &Platform) -> Data {
    let mut data = Data::new();
    database::client_secret(platform, Role::Relay, &mut data);
    redpanda::client_secret(platform, &mut data);
    data
}

fn consumers_secret(platform: &Platform) -> Data {
    let mut data = Data::from([(env::CACHE_URL.to_owned(), cache_url(platform))]);
    database::client_secret(platform, Role::Consumers, &mut data);
    redpanda::client_secret(platform, &mut data);
    data
}

fn api_secret(platform: &Platform) -> Data {
    let mut data = credentials(
        platform,
        &[
            (env::S3_ACCESS_KEY_ID, Credential::S3ApiKeyId),
            (env::S3_SECRET_ACCESS_KEY, Credential::S3ApiSecretKey),
            (env::SESSION_KEY, Credential::SessionKey),
        ],
    );
    accepted_tokens(platform, &mut data);
    data.insert(env::CACHE_URL.to_owned(), cache_url(platform));
    if platform.search.is_some() {
        data.insert(env::SEARCH_KEY.to_owned(), platform.credentials.search_key(search_keys::API));
    }
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

fn cache_url(platform: &Platform) -> String {
    let password = platform.credentials.get(Credential::CachePassword);
    format!("redis://:{password}@{}:{}", platform.names.of(Component::Dragonfly), ports::CACHE)
}

/// Endpoint of the search engine, if there is one.
pub(super) fn search_environment(platform: &Platform) -> Option<(&'static str, String)> {
    let url = format!("http://{}:{}", platform.names.of(Component::Meilisearch), ports::SEARCH);
    platform.search.as_ref().map(|_| (env::SEARCH_URL, url))
}

fn s3_environment(platform: &Platform) -> Vec<(&'static str, String)> {
    vec![
        (env::S3_ENDPOINT, format!("http://{}:{}", platform.names.of(Component::Seaweedfs), ports::S3)),
        (env::S3_REGION, S3_REGION.to_owned()),
        (env::S3_BUCKET, buckets::MEDIA.to_owned()),
    ]
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
    pod
}

pub(super) fn migrate(platform: &Platform, inputs: &Inputs) -> Object {
    let mut pod = program(platform, Component::Migrate, &platform.api.container, "phasma-api", "migrate");
    pod.env.push(volumes(platform));
    job(platform, inputs, pod)
}

pub(super) fn provision(platform: &Platform, inputs: &Inputs, container: &Container) -> Object {
    let mut pod = program(platform, Component::Provision, container, "phasma-workers", "provision");
    pod.env = redpanda::client_environment(platform);
    pod.env.extend(s3_environment(platform));
    pod.env.extend(search_environment(platform));
    pod.env.push(volumes(platform));
    pod.env.push((env::LOGIN_TURN, platform.credentials.rotation().turn.index().to_string()));
    pod.env.extend(postgres::certificate_environment(platform));
    job(platform, inputs, pod)
}

/// Part of a Job's name, so that it runs again for a volume that was made anew.
fn volumes(platform: &Platform) -> (&'static str, String) {
    (env::VOLUMES, platform.volumes.clone())
}

pub(super) fn relay(platform: &Platform, inputs: &Inputs) -> Object {
    let mut pod = program(platform, Component::Relay, &platform.relay, "phasma-workers", "relay");
    pod.env = redpanda::client_environment(platform);
    with_admin_probes(&mut pod);
    deployment(platform, inputs, &pod, 1, Succession::Exclusive)
}

pub(super) fn consumers(platform: &Platform, inputs: &Inputs) -> Vec<Object> {
    let workload = &platform.consumers;
    let mut pod = program(platform, Component::Consumers, &workload.container, "phasma-workers", "consumers");
    pod.env = redpanda::client_environment(platform);
    with_admin_probes(&mut pod);
    let mut objects = vec![deployment(platform, inputs, &pod, workload.replicas, Succession::Rolling)];
    objects.extend(disruption_budget(platform, Component::Consumers, workload.replicas));
    objects
}

fn with_admin_probes(pod: &mut Pod<'_>) {
    pod.ports = vec![ADMIN];
    pod.startup = pod::every(pod::http("/health", ports::WORKERS_ADMIN), 1, 120);
    pod.liveness = pod::every(pod::http("/health", ports::WORKERS_ADMIN), 10, 6);
    pod.readiness = pod::every(pod::http("/ready", ports::WORKERS_ADMIN), 2, 3);
    pod.grace = GRACE;
}

pub(super) fn api(platform: &Platform, inputs: &Inputs) -> Vec<Object> {
    let workload = &platform.api;
    let mut pod = program(platform, Component::Api, &workload.container, "phasma-api", "serve");
    pod.env = vec![
        (env::PUBLIC_ORIGIN, platform.public_origin.clone()),
        (env::SIGNUPS, signups(platform.signups).to_owned()),
    ];
    pod.env.extend(s3_environment(platform));
    pod.env.extend(search_environment(platform));
    pod.ports = vec![HTTP, INTERNAL];
    pod.startup = pod::every(pod::http("/ready", ports::API), 2, 150);
    pod.liveness = pod::every(pod::http("/health", ports::API), 10, 6);
    // A store that is down must not take the site off the net, so readiness asks about the process only.
    pod.readiness = pod::every(pod::http("/health/traffic", ports::API), 1, 2);
    pod.pause = Some(PAUSE);
    pod.grace = GRACE;
    let mut objects = vec![
        service(platform, Component::Api, &[HTTP, INTERNAL]),
        deployment(platform, inputs, &pod, workload.replicas, Succession::Rolling),
    ];
    objects.extend(disruption_budget(platform, Component::Api, workload.replicas));
    objects
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
    let mut objects = vec![
        public_service(platform, Component::Frontend, &[FRONTEND]),
        deployment(platform, inputs, &pod, workload.replicas, Succession::Rolling),
    ];
    objects.extend(disruption_budget(platform, Component::Frontend, workload.replicas));
    objects
}
