//! Redpanda's two configuration files: of each node, and of the cluster when it is first formed.

use std::fmt::Write as _;

use phasma_domain::contract::broker::SUPERUSER;
use phasma_domain::contract::ports;

use super::super::pod::{CA_DIRECTORY, TLS_DIRECTORY};
use super::DATA_DIRECTORY;
use crate::controller::model::{Brokers, Platform};

/// The same for every node; what differs is in the arguments.
///
/// Brokers know each other by certificates of the platform's authority. Passwords cross the admin port, so it speaks
/// TLS as well.
pub(super) fn node(platform: &Platform, brokers: &Brokers) -> String {
    let (kafka, admin, rpc) = (ports::BROKER, ports::BROKER_ADMIN, ports::BROKER_RPC);
    let (listener, peer) = (tls(false), tls(true));
    format!(
        "\
redpanda:
  data_directory: {DATA_DIRECTORY}
  empty_seed_starts_cluster: false
  seed_servers:
{seeds}  rpc_server: {{address: 0.0.0.0, port: {rpc}}}
  rpc_server_tls: {{{peer}}}
  kafka_api:
    - {{name: clients, address: 0.0.0.0, port: {kafka}, authentication_method: sasl}}
  kafka_api_tls:
    - {{name: clients, {listener}}}
  admin:
    - {{name: admin, address: 0.0.0.0, port: {admin}}}
  admin_api_tls:
    - {{name: admin, {listener}}}
",
        seeds = seeds(platform, brokers),
    )
}

/// Every broker, so that they form one cluster, whichever starts first.
fn seeds(platform: &Platform, brokers: &Brokers) -> String {
    (0..brokers.replicas).fold(String::new(), |mut seeds, ordinal| {
        let (host, port) = (platform.names.broker(ordinal), ports::BROKER_RPC);
        let _ = writeln!(seeds, "    - {{host: {{address: {host}, port: {port}}}}}");
        seeds
    })
}

fn tls(of_both: bool) -> String {
    format!(
        "enabled: true, require_client_auth: {of_both}, cert_file: {TLS_DIRECTORY}/tls.crt, \
         key_file: {TLS_DIRECTORY}/tls.key, truststore_file: {CA_DIRECTORY}/ca.crt"
    )
}

/// Features that need an enterprise licence stay off: with one on, upgrades are refused.
pub(super) fn cluster(brokers: &Brokers) -> String {
    let copies = brokers.replicas;
    format!(
        "\
enable_sasl: true
kafka_enable_authorization: true
superusers: [{SUPERUSER}]
admin_api_require_auth: true
auto_create_topics_enabled: false
default_topic_replications: {copies}
minimum_topic_replications: {copies}
group_topic_partitions: 3
group_initial_rebalance_delay: 0
enable_metrics_reporter: false
core_balancing_continuous: false
partition_autobalancing_mode: node_add
"
    )
}
