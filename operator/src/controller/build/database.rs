//! Connection strings of the database, managed or external.

use phasma_domain::contract::{env, ports, roles};

use super::authorities;
use super::inputs::Data;
use super::names::{Component, Target};
use super::pod::CA_DIRECTORY;
use super::postgres;
use crate::controller::credentials::Credential;
use crate::controller::model::{Database, External, ExternalDatabase, Platform};

/// A role that connects.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Owner,
    Api,
    Consumers,
    Relay,
}

/// The URL for a role; `None` as long as an external database's Secret can't be used.
pub(super) fn url(platform: &Platform, role: Role) -> Option<String> {
    match &platform.database {
        Database::Managed(_) => Some(managed_url(platform, role)),
        Database::External(External::Known(external)) => external_url(platform, external, role),
        Database::External(External::Unusable(_)) => None,
    }
}

fn managed_url(platform: &Platform, role: Role) -> String {
    let (login, password) = match login(role) {
        Some((login, password)) => (login, password),
        None => (postgres::OWNER, Credential::PostgresOwnerPassword),
    };
    let password = platform.credentials.get(password);
    let host = platform.names.of(Component::Postgres);
    let (port, database) = (ports::POSTGRES, postgres::DATABASE);
    format!(
        "postgres://{login}:{password}@{host}:{port}/{database}?sslmode=verify-full&sslrootcert={CA_DIRECTORY}/ca.crt"
    )
}

/// The owner's URL with another login. Encryption is as the Secret says, verified when it brings an authority.
fn external_url(platform: &Platform, external: &ExternalDatabase, role: Role) -> Option<String> {
    let mut url = external.url.0.clone();
    if let Some((login, password)) = login(role) {
        url.set_username(login).ok()?;
        url.set_password(Some(platform.credentials.get(password))).ok()?;
    }
    if let Some(file) = authorities::file(platform, Target::Database) {
        let others: Vec<(String, String)> = url
            .query_pairs()
            .into_owned()
            .filter(|(name, _)| name != "sslmode" && name != "sslrootcert")
            .collect();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(others)
            .append_pair("sslmode", "verify-full")
            .append_pair("sslrootcert", &file);
    }
    Some(url.to_string())
}

fn login(role: Role) -> Option<(&'static str, Credential)> {
    match role {
        Role::Owner => None,
        Role::Api => Some((roles::API_LOGIN, Credential::ApiDatabasePassword)),
        Role::Consumers => Some((roles::CONSUMERS_LOGIN, Credential::ConsumersDatabasePassword)),
        Role::Relay => Some((roles::RELAY_LOGIN, Credential::RelayDatabasePassword)),
    }
}

/// Adds the URL to a service's Secret.
pub(super) fn client_secret(platform: &Platform, role: Role, data: &mut Data) {
    if let Some(url) = url(platform, role) {
        data.insert(env::DATABASE_URL.to_owned(), url);
    }
}
