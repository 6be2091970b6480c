//! Connection strings of the database, managed or external.

use phasma_domain::contract::{env, ports, roles};

use super::authorities;
use super::inputs::Data;
use super::names::{Component, Target};
use super::pod::CA_DIRECTORY;
use super::postgres;
use crate::controller::credentials::Credential;
use crate::controller::model::{Database, External, ExternalDatabase, Platform};
use crate::controller::rotation::Step;

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
    let (login, password) = match login(platform, role) {
        Some((login, password)) => (login, password),
        None => (postgres::OWNER, Credential::PostgresOwnerPassword),
    };
    managed_url_of(platform, login, platform.credentials.get(password))
}

fn managed_url_of(platform: &Platform, login: &str, password: &str) -> String {
    let host = platform.names.of(Component::Postgres);
    let (port, database) = (ports::POSTGRES, postgres::DATABASE);
    format!(
        "postgres://{login}:{password}@{host}:{port}/{database}?sslmode=verify-full&sslrootcert={CA_DIRECTORY}/ca.crt"
    )
}

/// The owner's URL with another login. Encryption is as the Secret says, verified when it brings an authority.
fn external_url(platform: &Platform, external: &ExternalDatabase, role: Role) -> Option<String> {
    let mut url = external.url.0.clone();
    if let Some((login, password)) = login(platform, role) {
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

/// The login whose turn it is.
fn login(platform: &Platform, role: Role) -> Option<(&'static str, Credential)> {
    let (pair, password) = match role {
        Role::Owner => return None,
        Role::Api => (roles::API_LOGINS, Credential::ApiDatabasePassword),
        Role::Consumers => (roles::CONSUMERS_LOGINS, Credential::ConsumersDatabasePassword),
        Role::Relay => (roles::RELAY_LOGINS, Credential::RelayDatabasePassword),
    };
    Some((pair[platform.credentials.rotation().turn.index()], password))
}

/// What the Jobs that work as the owner of a managed database need while its password changes. There is one owner, so
/// `provision` sets the new password, and until then the former one still opens.
pub(super) fn owner_secret(platform: &Platform, data: &mut Data) {
    client_secret(platform, Role::Owner, data);
    let credentials = &platform.credentials;
    let is_managed = matches!(platform.database, Database::Managed(_));
    if let Some(former) = credentials.other(Credential::PostgresOwnerPassword)
        && is_managed
        && credentials.rotation().step == Step::Switch
    {
        let url = managed_url_of(platform, postgres::OWNER, former);
        data.insert(env::DATABASE_URL_FORMER.to_owned(), url);
    }
}

/// Passwords of all logins, for the Job that sets them.
pub(super) fn logins_secret(platform: &Platform, data: &mut Data) {
    let credentials = &platform.credentials;
    for (name, other_name, credential) in [
        (env::API_PASSWORD, env::API_PASSWORD_OTHER, Credential::ApiDatabasePassword),
        (env::CONSUMERS_PASSWORD, env::CONSUMERS_PASSWORD_OTHER, Credential::ConsumersDatabasePassword),
        (env::RELAY_PASSWORD, env::RELAY_PASSWORD_OTHER, Credential::RelayDatabasePassword),
    ] {
        data.insert(name.to_owned(), credentials.get(credential).to_owned());
        if let Some(other) = credentials.other(credential) {
            data.insert(other_name.to_owned(), other.to_owned());
        }
    }
    if matches!(platform.database, Database::Managed(_)) {
        let owner = credentials.get(Credential::PostgresOwnerPassword);
        data.insert(env::OWNER_PASSWORD.to_owned(), owner.to_owned());
    }
}

/// Adds the URL to a service's Secret.
pub(super) fn client_secret(platform: &Platform, role: Role, data: &mut Data) {
    if let Some(url) = url(platform, role) {
        data.insert(env::DATABASE_URL.to_owned(), url);
    }
}
