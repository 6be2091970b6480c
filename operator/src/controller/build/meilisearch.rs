//! Meilisearch: a projection of users, posts and hashtags; rebuilt from PostgreSQL when lost.

use phasma_domain::contract::ports;

use super::inputs::{Data, Inputs};
use super::names::Component;
use super::object::Object;
use super::pod::{self, Pod};
use super::workload::{service, stateful_set, volume_claim};
use crate::controller::credentials::Credential;
use crate::controller::model::{Platform, Store};
use crate::quantity;

const COMPONENT: Component = Component::Meilisearch;
const PORT: (&str, u16) = ("http", ports::SEARCH);

pub(super) fn inputs(platform: &Platform, inputs: &mut Inputs) {
    let master = platform.credentials.get(Credential::SearchMasterKey);
    inputs.secret(
        COMPONENT,
        platform.names.of(COMPONENT),
        Data::from([("MEILI_MASTER_KEY".to_owned(), master.to_owned())]),
    );
}

pub(super) fn objects(platform: &Platform, inputs: &Inputs, store: &Store) -> Vec<Object> {
    vec![
        volume_claim(platform, COMPONENT, store),
        service(platform, COMPONENT, &[PORT]),
        stateful_set(platform, inputs, &pod(platform, store)),
    ]
}

fn pod<'a>(platform: &Platform, store: &'a Store) -> Pod<'a> {
    let mut pod = Pod::new(COMPONENT, &store.container);
    pod.env = environment(store);
    pod.env_secret = Some(platform.names.of(COMPONENT));
    pod.mounts.push(pod::claim("data", platform.names.data(COMPONENT), "/meili_data"));
    pod.ports = vec![PORT];
    pod.startup = pod::every(pod::http("/health", ports::SEARCH), 2, 150);
    pod.liveness = pod::every(pod::http("/health", ports::SEARCH), 10, 6);
    pod.readiness = pod::every(pod::http("/health", ports::SEARCH), 2, 3);
    pod
}

fn environment(store: &Store) -> Vec<(&'static str, String)> {
    // Without a bound it takes two thirds of the node's memory, not of the container's.
    let indexing = quantity::mebibytes(&store.container.limits.memory) / 2;
    vec![
        ("MEILI_ENV", "production".to_owned()),
        ("MEILI_NO_ANALYTICS", "true".to_owned()),
        ("MEILI_HTTP_ADDR", format!("0.0.0.0:{}", ports::SEARCH)),
        ("MEILI_DB_PATH", "/meili_data/data.ms".to_owned()),
        ("MEILI_DUMP_DIR", "/meili_data/dumps".to_owned()),
        ("MEILI_SNAPSHOT_DIR", "/meili_data/snapshots".to_owned()),
        ("MEILI_MAX_INDEXING_MEMORY", format!("{indexing}MiB")),
        ("MEILI_MAX_INDEXING_THREADS", "1".to_owned()),
    ]
}
