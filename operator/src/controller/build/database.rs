//! Connection strings of the database, managed or external, and the Job that checks an external one.

use phasma_domain::contract::{env, ports, roles};

use super::inputs::{Data, Inputs};
use super::names::Component;
use super::object::Object;
use super::pod::{self, CA_DIRECTORY, Pod};
use super::postgres;
use super::workload::job;
use crate::controller::credentials::Credential;
use crate::controller::model::{Container, Database, External, ExternalDatabase, Platform};

const CHECK: Component = Component::Check;
/// Key in the trust ConfigMap, and so the file, of an external database's authority.
pub(super) const EXTERNAL_CA: &str = "database.crt";

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
    let mut url = external.url.clone();
    if let Some((login, password)) = login(role) {
        url.set_username(login).ok()?;
        url.set_password(Some(platform.credentials.get(password))).ok()?;
    }
    if external.ca.is_some() {
        let others: Vec<(String, String)> = url
            .query_pairs()
            .into_owned()
            .filter(|(name, _)| name != "sslmode" && name != "sslrootcert")
            .collect();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(others)
            .append_pair("sslmode", "verify-full")
            .append_pair("sslrootcert", &format!("{CA_DIRECTORY}/{EXTERNAL_CA}"));
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

pub(super) fn check_inputs(platform: &Platform, inputs: &mut Inputs) {
    let mut data = Data::new();
    client_secret(platform, Role::Owner, &mut data);
    inputs.secret(CHECK, platform.names.of(CHECK), data);
}

/// `phasma-workers check database` against the external database. Its termination message becomes the condition.
pub(super) fn check_job(platform: &Platform, inputs: &Inputs, container: &Container) -> Object {
    let mut pod = Pod::new(CHECK, container);
    pod.command = vec!["phasma-workers".to_owned()];
    pod.args = vec!["check".to_owned(), "database".to_owned()];
    pod.env_secret = Some(platform.names.of(CHECK));
    pod.mounts.push(pod::trust(platform));
    job(platform, inputs, pod)
}
