//! The cache's address and trust, as both consumers and the check use them.

use anyhow::Context;
use fred::types::config::{Config, TlsConfig};

use super::authority::Authority;
use crate::config::CacheConfig;

/// Settings of a client; `None` without an address.
pub fn config(settings: &CacheConfig) -> anyhow::Result<Option<Config>> {
    let Some(url) = &settings.cache_url else { return Ok(None) };
    let mut config = Config::from_url(url.reveal()).context("the address of the cache is malformed")?;
    if let Some(file) = &settings.cache_ca_file {
        config.tls = Some(TlsConfig::from(Authority::read(file)?.client_config()));
    }
    Ok(Some(config))
}
