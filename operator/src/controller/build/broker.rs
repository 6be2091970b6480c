//! What clients of the broker get, managed or external.

use phasma_domain::contract::broker::User;
use phasma_domain::contract::env;

use super::authorities;
use super::inputs::Data;
use super::names::Target;
use super::redpanda;
use crate::controller::model::{DataService, External, ExternalBroker, Platform};

/// As many copies of a partition as the broker makes unasked.
const REPLICATION_OF_THE_BROKER: &str = "-1";

/// Adds user and password to a service's Secret. An external broker has one user for all.
pub(super) fn client_secret(platform: &Platform, user: User, data: &mut Data) {
    match &platform.broker {
        DataService::Managed(_) => redpanda::client_secret(platform, user, data),
        DataService::External(External::Known(ExternalBroker { sasl: Some(login), .. })) => {
            data.insert(env::BROKER_USERNAME.to_owned(), login.username.0.clone());
            data.insert(env::BROKER_PASSWORD.to_owned(), login.password.0.clone());
        }
        DataService::External(_) => {}
    }
}

/// What a client needs to know besides.
pub(super) fn client_environment(platform: &Platform) -> Vec<(&'static str, String)> {
    let Some(external) = platform.broker.external() else { return redpanda::client_environment(platform) };
    let protocol = match (external.tls, external.sasl.is_some()) {
        (false, false) => "PLAINTEXT",
        (true, false) => "SSL",
        (false, true) => "SASL_PLAINTEXT",
        (true, true) => "SASL_SSL",
    };
    let mechanism = external.sasl.as_ref().map(|login| login.mechanism.as_str().to_owned());
    let optional = [
        (env::BROKER_SASL_MECHANISM, mechanism),
        (env::BROKER_CA_FILE, authorities::file(platform, Target::Broker)),
        (env::TOPIC_PREFIX, external.topic_prefix.clone()),
    ];
    let known = [
        (env::BROKER_BOOTSTRAP_SERVERS, external.bootstrap_servers.clone()),
        (env::BROKER_SECURITY_PROTOCOL, protocol.to_owned()),
    ];
    known.into_iter().chain(optional.into_iter().filter_map(|(name, value)| Some((name, value?)))).collect()
}

/// For the one that makes the topics.
pub(super) fn provision_environment(platform: &Platform) -> Vec<(&'static str, String)> {
    let mut environment = client_environment(platform);
    let replication = match platform.broker.managed() {
        Some(brokers) => brokers.replicas.to_string(),
        None => REPLICATION_OF_THE_BROKER.to_owned(),
    };
    environment.push((env::TOPIC_REPLICATION, replication));
    environment
}

/// For Redpanda Connect, whose configuration can't read the security protocol.
pub(super) fn connect_environment(platform: &Platform) -> Vec<(&'static str, String)> {
    let mut environment = client_environment(platform);
    if platform.broker.external().is_some_and(|external| !external.tls) {
        environment.push((env::BROKER_TLS, "false".to_owned()));
    }
    environment
}
