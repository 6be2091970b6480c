//! What clients of the cache get, managed or external.

use phasma_domain::contract::{env, ports};

use super::authorities;
use super::inputs::Data;
use super::names::{Component, Target};
use crate::controller::credentials::Credential;
use crate::controller::model::{DataService, External, Platform};

/// Adds the address, with its password, to a service's Secret.
pub(super) fn client_secret(platform: &Platform, data: &mut Data) {
    let url = match &platform.cache {
        DataService::Managed(_) => managed_url(platform),
        DataService::External(External::Known(external)) => external.url.0.to_string(),
        DataService::External(External::Unusable(_)) => return,
    };
    data.insert(env::CACHE_URL.to_owned(), url);
}

fn managed_url(platform: &Platform) -> String {
    let password = platform.credentials.get(Credential::CachePassword);
    format!("redis://:{password}@{}:{}", platform.names.of(Component::Dragonfly), ports::CACHE)
}

/// What a client needs to know besides.
pub(super) fn client_environment(platform: &Platform) -> Vec<(&'static str, String)> {
    let file = authorities::file(platform, Target::Cache);
    file.map(|file| (env::CACHE_CA_FILE, file)).into_iter().collect()
}
