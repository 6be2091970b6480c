//! Redpanda Connect: the streams `search-sync` and `blob-cleanup`, from a ConfigMap named by its content.

use phasma_domain::contract::broker::User;
use phasma_domain::contract::{env, ports};

use super::authorities;
use super::broker;
use super::inputs::{Data, Inputs};
use super::names::Component;
use super::object::{self, Object};
use super::pod::{self, Pod};
use super::programs;
use super::search::{self, Key};
use super::workload::{self, Succession};
use crate::controller::credentials::Credential;
use crate::controller::model::Platform;

const COMPONENT: Component = Component::Connect;
const PORT: (&str, u16) = ("http", ports::CONNECT);
const DIRECTORY: &str = "/etc/phasma/pipelines";

/// Settings of the process: log, metrics, probes.
const ROOT: (&str, &str) = ("root.yaml", include_str!("../../../pipelines/root.yaml"));
const SEARCH_SYNC: (&str, &str) = ("search-sync.yaml", include_str!("../../../pipelines/search-sync.yaml"));
const BLOB_CLEANUP: (&str, &str) =
    ("blob-cleanup.yaml", include_str!("../../../pipelines/blob-cleanup.yaml"));

/// The streams of this platform: without a search engine there is nothing to keep in step.
fn streams(platform: &Platform) -> Vec<(&'static str, &'static str)> {
    let search = platform.search.is_some().then_some(SEARCH_SYNC);
    search.into_iter().chain([BLOB_CLEANUP]).collect()
}

fn files(platform: &Platform) -> Data {
    let files = streams(platform).into_iter().chain([ROOT]);
    files.map(|(name, content)| (name.to_owned(), content.to_owned())).collect()
}

fn config_map(platform: &Platform) -> String {
    platform.names.part(COMPONENT, &object::hash(&files(platform))[..10])
}

pub(super) fn inputs(platform: &Platform, inputs: &mut Inputs) {
    let token = platform.credentials.get(Credential::InternalToken);
    let mut data = Data::from([(env::INTERNAL_TOKEN.to_owned(), token.to_owned())]);
    search::client_secret(platform, Key::Documents, &mut data);
    broker::client_secret(platform, User::Connect, &mut data);
    inputs.secret(COMPONENT, platform.names.of(COMPONENT), data);
    inputs.config(Some(COMPONENT), config_map(platform), files(platform));
}

pub(super) fn deployment(platform: &Platform, inputs: &Inputs) -> Object {
    let mut pod = Pod::new(COMPONENT, &platform.connect);
    pod.args = args(platform);
    pod.env = environment(platform);
    pod.env_secret = Some(platform.names.of(COMPONENT));
    pod.mounts.extend([pod::config("pipelines", config_map(platform), DIRECTORY), pod::trust(platform)]);
    pod.mounts.extend(authorities::mounts(platform, COMPONENT));
    pod.ports = vec![PORT];
    pod.startup = pod::every(pod::http("/ping", ports::CONNECT), 1, 60);
    pod.liveness = pod::every(pod::http("/ping", ports::CONNECT), 10, 6);
    pod.readiness = pod::every(pod::http("/ready", ports::CONNECT), 2, 3);
    workload::deployment(platform, inputs, &pod, 1, Succession::Exclusive)
}

/// Streams are files only: without `--no-api` whoever reaches the port could replace them.
fn args(platform: &Platform) -> Vec<String> {
    let flags = ["--disable-telemetry", "streams", "--no-api", "-o"].map(str::to_owned);
    let paths = std::iter::once(ROOT).chain(streams(platform)).map(|(name, _)| format!("{DIRECTORY}/{name}"));
    flags.into_iter().chain(paths).collect()
}

fn environment(platform: &Platform) -> Vec<(&'static str, String)> {
    let api = platform.names.of(Component::Api);
    let released = format!("http://{api}:{}/internal/media-released", ports::API_INTERNAL);
    let mut environment = broker::connect_environment(platform);
    environment.extend(search::client_environment(platform));
    environment.extend([
        (env::MEDIA_RELEASED_URL, released),
        // The same at every start: the group hands the partitions straight back after a crash.
        (env::INSTANCE_ID, platform.names.of(COMPONENT)),
        programs::volumes(platform),
    ]);
    environment
}
