//! Redpanda: the topics. One broker or three, TLS and SCRAM for clients, a user with rights of its own for each.

mod cluster;
mod config;
pub(super) mod users;

use phasma_domain::contract::broker::{SUPERUSER, User};
use phasma_domain::contract::{env, ports};

use super::inputs::{Data, Inputs};
use super::names::Component;
use super::object::Object;
use super::pod::{self, CA_DIRECTORY, POD_NAME, Pod, TLS_DIRECTORY};
use crate::controller::credentials::Credential;
use crate::controller::model::{Brokers, Platform};
use crate::quantity;

const COMPONENT: Component = Component::Redpanda;
const KAFKA: (&str, u16) = ("kafka", ports::BROKER);
const ADMIN: (&str, u16) = ("admin", ports::BROKER_ADMIN);
const RPC: (&str, u16) = ("rpc", ports::BROKER_RPC);
const CONFIG_DIRECTORY: &str = "/etc/phasma/redpanda";
const DATA_DIRECTORY: &str = "/var/lib/redpanda/data";
const MECHANISM: &str = "SCRAM-SHA-512";
/// The certificate names every broker there may be.
pub(super) const MOST_BROKERS: i32 = 3;

pub(super) fn inputs(platform: &Platform, brokers: &Brokers, inputs: &mut Inputs) {
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
        Data::from([("RP_BOOTSTRAP_USER".to_owned(), format!("{SUPERUSER}:{password}:{MECHANISM}"))]),
    );
    inputs.config(
        Some(COMPONENT),
        platform.names.part(COMPONENT, "config"),
        Data::from([
            ("redpanda.yaml".to_owned(), config::node(platform, brokers)),
            (".bootstrap.yaml".to_owned(), config::cluster(brokers)),
        ]),
    );
    users::inputs(platform, inputs);
}

/// Credentials of a client, for its Secret.
pub(super) fn client_secret(platform: &Platform, user: User, data: &mut Data) {
    data.insert(env::BROKER_USERNAME.to_owned(), user.name().to_owned());
    data.insert(env::BROKER_PASSWORD.to_owned(), platform.credentials.get(password(user)).to_owned());
}

fn password(user: User) -> Credential {
    match user {
        User::Provision => Credential::BrokerProvisionPassword,
        User::Relay => Credential::BrokerRelayPassword,
        User::Consumers => Credential::BrokerConsumersPassword,
        User::Connect => Credential::BrokerConnectPassword,
    }
}

/// What a client needs to know besides.
pub(super) fn client_environment(platform: &Platform) -> Vec<(&'static str, String)> {
    vec![
        (env::BROKER_BOOTSTRAP_SERVERS, bootstrap(platform)),
        (env::BROKER_SECURITY_PROTOCOL, "SASL_SSL".to_owned()),
        (env::BROKER_SASL_MECHANISM, MECHANISM.to_owned()),
        (env::BROKER_CA_FILE, format!("{CA_DIRECTORY}/ca.crt")),
    ]
}

/// Any broker tells about all.
fn bootstrap(platform: &Platform) -> String {
    format!("{}:{}", platform.names.of(COMPONENT), ports::BROKER)
}

pub(super) fn objects(platform: &Platform, inputs: &Inputs, brokers: &Brokers) -> Vec<Object> {
    cluster::objects(platform, inputs, brokers, &pod(platform, brokers))
}

fn pod<'a>(platform: &Platform, brokers: &'a Brokers) -> Pod<'a> {
    let mut pod = Pod::new(COMPONENT, &brokers.store.container);
    pod.args = args(platform, brokers);
    pod.named = true;
    pod.apart = brokers.replicas > 1;
    pod.env_secret = Some(platform.names.of(COMPONENT));
    pod.mounts.extend([
        pod::own_claim(cluster::CLAIM, DATA_DIRECTORY),
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
    pod.ports = vec![KAFKA, ADMIN, RPC];
    pod.startup = pod::every(pod::https("/v1/status/ready", ports::BROKER_ADMIN), 2, 150);
    pod.liveness = pod::every(pod::tcp(ports::BROKER_ADMIN), 10, 6);
    pod.readiness = pod::every(pod::https("/v1/status/ready", ports::BROKER_ADMIN), 2, 3);
    pod.grace = 60;
    pod
}

fn args(platform: &Platform, brokers: &Brokers) -> Vec<String> {
    // The rest of the limit is for the process outside its own allocator.
    let memory = quantity::mebibytes(&brokers.store.container.limits.memory) * 85 / 100;
    let own = format!("$({POD_NAME}).{}", platform.names.brokers());
    // The address of a Service outlives a pod's: a lone broker that restarts is found again at once.
    let advertised = if brokers.replicas == 1 { platform.names.of(COMPONENT) } else { own.clone() };
    [
        "redpanda".to_owned(),
        "start".to_owned(),
        "--smp=1".to_owned(),
        format!("--memory={memory}M"),
        "--reserve-memory=0M".to_owned(),
        "--overprovisioned".to_owned(),
        "--check=false".to_owned(),
        format!("--kafka-addr=clients://0.0.0.0:{}", ports::BROKER),
        format!("--advertise-kafka-addr=clients://{advertised}:{}", ports::BROKER),
        format!("--advertise-rpc-addr={own}:{}", ports::BROKER_RPC),
    ]
    .to_vec()
}
