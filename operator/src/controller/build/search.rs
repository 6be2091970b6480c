//! What clients of the search engine get, managed or external; nothing where there is none.

use phasma_domain::contract::{env, ports, search_keys};

use super::inputs::Data;
use super::names::Component;
use crate::controller::credentials::{Credential, derived_search_key};
use crate::controller::model::{DataService, External, Platform};

/// A key of the engine.
#[derive(Clone, Copy)]
pub(super) enum Key {
    /// Makes indexes and the other keys.
    Master,
    /// Only searches.
    Search,
    /// Only writes documents.
    Documents,
}

/// Adds the key to a service's Secret.
pub(super) fn client_secret(platform: &Platform, key: Key, data: &mut Data) {
    let Some(master) = master_key(platform) else { return };
    let key = match key {
        Key::Master => master.to_owned(),
        Key::Search => derived_search_key(master, search_keys::API),
        Key::Documents => derived_search_key(master, search_keys::DOCUMENTS),
    };
    data.insert(env::SEARCH_KEY.to_owned(), key);
}

fn master_key(platform: &Platform) -> Option<&str> {
    match platform.search.as_ref()? {
        DataService::Managed(_) => Some(platform.credentials.get(Credential::SearchMasterKey)),
        DataService::External(External::Known(external)) => Some(&external.master_key.0),
        DataService::External(External::Unusable(_)) => None,
    }
}

/// What a client needs to know besides.
pub(super) fn client_environment(platform: &Platform) -> Vec<(&'static str, String)> {
    let Some(search) = &platform.search else { return Vec::new() };
    let url = match search.external() {
        Some(external) => external.url.clone(),
        None => format!("http://{}:{}", platform.names.of(Component::Meilisearch), ports::SEARCH),
    };
    vec![(env::SEARCH_URL, url)]
}
