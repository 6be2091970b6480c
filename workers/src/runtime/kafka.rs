//! librdkafka's settings that all roles share.

use rdkafka::ClientConfig;

use crate::config::BrokerConfig;

/// How to reach the brokers.
pub fn client_config(config: &BrokerConfig) -> ClientConfig {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", &config.broker_bootstrap_servers)
        .set("security.protocol", &config.broker_security_protocol)
        .set("client.id", "phasma")
        .set("reconnect.backoff.ms", "100")
        .set("reconnect.backoff.max.ms", "5000");
    let optional = [
        ("sasl.mechanism", config.broker_sasl_mechanism.as_deref()),
        ("sasl.username", config.broker_username.as_deref()),
        ("sasl.password", config.broker_password.as_ref().map(super::super::config::Hidden::reveal)),
        ("ssl.ca.location", config.broker_ca_file.as_deref()),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            client.set(name, value);
        }
    }
    client
}
