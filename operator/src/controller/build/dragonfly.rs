//! Dragonfly: cache, rate limits, hints. Nothing on disk; a lost one costs speed, not data.

use phasma_domain::contract::ports;

use super::inputs::{Data, Inputs};
use super::names::Component;
use super::object::Object;
use super::pod::{self, Pod};
use super::workload::{service, stateful_set};
use crate::controller::credentials::Credential;
use crate::controller::model::{Container, Platform};
use crate::quantity;

const COMPONENT: Component = Component::Dragonfly;
const PORT: (&str, u16) = ("redis", ports::CACHE);
/// Dragonfly refuses to start with less for each of its threads.
const LEAST_MEMORY: u64 = 256;

pub(super) fn inputs(platform: &Platform, inputs: &mut Inputs) {
    let password = platform.credentials.get(Credential::CachePassword);
    inputs.secret(
        COMPONENT,
        platform.names.of(COMPONENT),
        Data::from([("DFLY_requirepass".to_owned(), password.to_owned())]),
    );
}

pub(super) fn objects(platform: &Platform, inputs: &Inputs, container: &Container) -> Vec<Object> {
    vec![service(platform, COMPONENT, &[PORT]), stateful_set(platform, inputs, &pod(platform, container))]
}

fn pod<'a>(platform: &Platform, container: &'a Container) -> Pod<'a> {
    let memory = (quantity::mebibytes(&container.limits.memory) * 4 / 5).max(LEAST_MEMORY);
    let mut pod = Pod::new(COMPONENT, container);
    pod.command = vec!["dragonfly".to_owned()];
    pod.args = vec![
        "--logtostderr".to_owned(),
        format!("--port={}", ports::CACHE),
        "--proactor_threads=1".to_owned(),
        format!("--maxmemory={memory}mb"),
        "--dir=/tmp".to_owned(),
        "--dbfilename=".to_owned(),
        "--primary_port_http_enabled=false".to_owned(),
        "--version_check=false".to_owned(),
    ];
    pod.env_secret = Some(platform.names.of(COMPONENT));
    pod.ports = vec![PORT];
    pod.startup = pod::every(pod::tcp(ports::CACHE), 1, 60);
    pod.liveness = pod::every(pod::tcp(ports::CACHE), 10, 6);
    pod.readiness = pod::every(pod::tcp(ports::CACHE), 2, 3);
    pod
}
