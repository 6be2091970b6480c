//! Redpanda: the topics. One broker, TLS and SCRAM for clients, admin port for the kubelet only.

use phasma_domain::contract::{env, ports};

use super::inputs::{Data, Inputs};
use super::names::Component;
use super::object::Object;
use super::pod::{self, CA_DIRECTORY, Pod, TLS_DIRECTORY};
use super::workload::{service, stateful_set, volume_claim};
use crate::controller::credentials::Credential;
use crate::controller::model::{Platform, Store};
use crate::quantity;

const COMPONENT: Component = Component::Redpanda;
const KAFKA: (&str, u16) = ("kafka", ports::BROKER);
const ADMIN: (&str, u16) = ("admin", ports::BROKER_ADMIN);
const CONFIG_DIRECTORY: &str = "/etc/phasma/redpanda";
/// The only user so far; it may do everything.
const USER: &str = "phasma";
const MECHANISM: &str = "SCRAM-SHA-512";

pub(super) fn inputs(platform: &Platform, inputs: &mut Inputs) {
    let (certificate, key) = platform.pki.leaf(COMPONENT);
    let password = platform.credentials.get(Credential::BrokerPassword);
    inputs.secret(
        COMPONENT,
        platform.names.tls(COMPONENT),
        Data::from([("tls.crt".to_owned(), certificate.to_owned()), ("tls.key".to_owned(), key.to_owned())]),
    );
    inputs.secret(
        COMPONENT,
        platform.names.of(COMPONENT),
        Data::from([("RP_BOOTSTRAP_USER".to_owned(), format!("{USER}:{password}:{MECHANISM}"))]),
    );
    inputs.config(
        Some(COMPONENT),
        platform.names.part(COMPONENT, "config"),
        Data::from([
            ("redpanda.yaml".to_owned(), node_configuration(platform)),
            (".bootstrap.yaml".to_owned(), cluster_configuration()),
        ]),
    );
}

/// Credentials of a client, for its Secret.
pub(super) fn client_secret(platform: &Platform, data: &mut Data) {
    data.insert(env::BROKER_USERNAME.to_owned(), USER.to_owned());
    data.insert(
        env::BROKER_PASSWORD.to_owned(),
        platform.credentials.get(Credential::BrokerPassword).to_owned(),
    );
}

/// What a client needs to know besides.
pub(super) fn client_environment(platform: &Platform) -> Vec<(&'static str, String)> {
    vec![
        (env::BROKER_BOOTSTRAP_SERVERS, format!("{}:{}", platform.names.of(COMPONENT), ports::BROKER)),
        (env::BROKER_SECURITY_PROTOCOL, "SASL_SSL".to_owned()),
        (env::BROKER_SASL_MECHANISM, MECHANISM.to_owned()),
        (env::BROKER_CA_FILE, format!("{CA_DIRECTORY}/ca.crt")),
    ]
}

pub(super) fn objects(platform: &Platform, inputs: &Inputs, store: &Store) -> Vec<Object> {
    vec![
        volume_claim(platform, COMPONENT, store),
        service(platform, COMPONENT, &[KAFKA]),
        stateful_set(platform, inputs, &pod(platform, store)),
    ]
}

fn pod<'a>(platform: &Platform, store: &'a Store) -> Pod<'a> {
    let mut pod = Pod::new(COMPONENT, &store.container);
    pod.args = args(platform, store);
    pod.env_secret = Some(platform.names.of(COMPONENT));
    pod.mounts.extend([
        pod::claim("data", platform.names.data(COMPONENT), "/var/lib/redpanda/data"),
        pod::secret("tls", platform.names.tls(COMPONENT), TLS_DIRECTORY),
        pod::config("config", platform.names.part(COMPONENT, "config"), CONFIG_DIRECTORY),
        pod::scratch("etc", "/etc/redpanda"),
        pod::trust(platform),
    ]);
    // rpk rewrites its configuration when it starts, so it gets a copy.
    pod.prepare = Some(
        [
            "cp",
            "/etc/phasma/redpanda/redpanda.yaml",
            "/etc/phasma/redpanda/.bootstrap.yaml",
            "/etc/redpanda/",
        ]
        .map(str::to_owned)
        .to_vec(),
    );
    pod.ports = vec![KAFKA, ADMIN];
    pod.startup = pod::every(pod::http("/v1/status/ready", ports::BROKER_ADMIN), 2, 150);
    pod.liveness = pod::every(pod::tcp(ports::BROKER_ADMIN), 10, 6);
    pod.readiness = pod::every(pod::http("/v1/status/ready", ports::BROKER_ADMIN), 2, 3);
    pod.grace = 60;
    pod
}

fn args(platform: &Platform, store: &Store) -> Vec<String> {
    // The rest of the limit is for the process outside its own allocator.
    let memory = quantity::mebibytes(&store.container.limits.memory) * 85 / 100;
    let name = platform.names.of(COMPONENT);
    [
        "redpanda".to_owned(),
        "start".to_owned(),
        "--smp=1".to_owned(),
        format!("--memory={memory}M"),
        "--reserve-memory=0M".to_owned(),
        "--overprovisioned".to_owned(),
        "--check=false".to_owned(),
        format!("--kafka-addr=clients://0.0.0.0:{}", ports::BROKER),
        format!("--advertise-kafka-addr=clients://{name}:{}", ports::BROKER),
    ]
    .to_vec()
}

fn node_configuration(platform: &Platform) -> String {
    let name = platform.names.of(COMPONENT);
    let (kafka, admin) = (ports::BROKER, ports::BROKER_ADMIN);
    format!(
        "\
redpanda:
  data_directory: /var/lib/redpanda/data
  seed_servers: []
  empty_seed_starts_cluster: true
  rpc_server: {{address: 127.0.0.1, port: 33145}}
  advertised_rpc_api: {{address: 127.0.0.1, port: 33145}}
  kafka_api:
    - {{name: clients, address: 0.0.0.0, port: {kafka}, authentication_method: sasl}}
  advertised_kafka_api:
    - {{name: clients, address: {name}, port: {kafka}}}
  kafka_api_tls:
    - name: clients
      enabled: true
      cert_file: {TLS_DIRECTORY}/tls.crt
      key_file: {TLS_DIRECTORY}/tls.key
      truststore_file: {CA_DIRECTORY}/ca.crt
      require_client_auth: false
  admin:
    - {{address: 0.0.0.0, port: {admin}}}
"
    )
}

/// Features that need an enterprise licence stay off: with one on, upgrades are refused.
fn cluster_configuration() -> String {
    format!(
        "\
enable_sasl: true
superusers: [{USER}]
admin_api_require_auth: true
auto_create_topics_enabled: false
default_topic_replications: 1
group_topic_partitions: 3
group_initial_rebalance_delay: 0
enable_metrics_reporter: false
core_balancing_continuous: false
partition_autobalancing_mode: node_add
"
    )
}
