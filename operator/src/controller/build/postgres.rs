//! PostgreSQL: the source of truth. One instance, TLS and SCRAM only, logical decoding for the relay.

use phasma_domain::contract::{env, ports};

use super::inputs::{Data, Inputs};
use super::names::Component;
use super::object::Object;
use super::pod::{self, Pod, TLS_DIRECTORY};
use super::workload::{service, stateful_set, volume_claim};
use crate::controller::credentials::Credential;
use crate::controller::model::{Database, Platform, Store};
use crate::quantity;

pub(super) const OWNER: &str = "postgres";
pub(super) const DATABASE: &str = "phasma";
const COMPONENT: Component = Component::Postgres;
const CONFIG_DIRECTORY: &str = "/etc/phasma/postgres";
const PORT: (&str, u16) = ("postgres", ports::POSTGRES);

/// Passwords everywhere, TLS from everywhere but the pod itself. Logical replication needs no `replication` line.
const PG_HBA: &str = "\
local    all  all       scram-sha-256
hostssl  all  all  all  scram-sha-256
";

pub(super) fn inputs(platform: &Platform, inputs: &mut Inputs) {
    let (certificate, key) = platform.pki.leaf(COMPONENT);
    let password = platform.credentials.get(Credential::PostgresOwnerPassword);
    inputs.secret(
        COMPONENT,
        platform.names.tls(COMPONENT),
        Data::from([("tls.crt".to_owned(), certificate.to_owned()), ("tls.key".to_owned(), key.to_owned())]),
    );
    inputs.secret(
        COMPONENT,
        platform.names.of(COMPONENT),
        Data::from([("POSTGRES_PASSWORD".to_owned(), password.to_owned())]),
    );
    inputs.config(
        Some(COMPONENT),
        platform.names.part(COMPONENT, "config"),
        Data::from([("pg_hba.conf".to_owned(), PG_HBA.to_owned())]),
    );
}

pub(super) fn objects(platform: &Platform, inputs: &Inputs, store: &Store) -> Vec<Object> {
    vec![
        volume_claim(platform, COMPONENT, store),
        service(platform, COMPONENT, &[PORT]),
        stateful_set(platform, inputs, &pod(platform, store)),
    ]
}

/// The certificate the server is to show. It reads a renewed one when told to, and `provision` tells it.
pub(super) fn certificate_environment(platform: &Platform) -> Option<(&'static str, String)> {
    let is_managed = matches!(platform.database, Database::Managed(_));
    let fingerprint = platform.pki.fingerprint(COMPONENT).filter(|_| is_managed)?;
    Some((env::DATABASE_CERTIFICATE, fingerprint))
}

fn pod<'a>(platform: &Platform, store: &'a Store) -> Pod<'a> {
    let mut pod = Pod::new(COMPONENT, &store.container);
    pod.args = args(platform, store);
    pod.env = vec![
        ("POSTGRES_USER", OWNER.to_owned()),
        ("POSTGRES_DB", DATABASE.to_owned()),
        ("PGDATA", "/var/lib/postgresql/18/docker".to_owned()),
    ];
    // Read when the database is made and never again: `provision` sets the password.
    pod.first_start_secret = Some(platform.names.of(COMPONENT));
    pod.mounts.extend([
        pod::claim("data", platform.names.data(COMPONENT), "/var/lib/postgresql"),
        pod::followed_secret("tls", platform.names.tls(COMPONENT), TLS_DIRECTORY),
        pod::config("config", platform.names.part(COMPONENT, "config"), CONFIG_DIRECTORY),
        pod::scratch("run", "/var/run/postgresql"),
        pod::memory("shm", "/dev/shm"),
    ]);
    pod.ports = vec![PORT];
    // The server listens on TCP only after initialisation, and answers liveness while it recovers.
    pod.startup = pod::every(pod::tcp(ports::POSTGRES), 2, 150);
    pod.liveness = pod::every(pod::tcp(ports::POSTGRES), 10, 6);
    pod.readiness = pod::every(pod::exec(&["pg_isready", "-q", "-h", "127.0.0.1", "-U", OWNER]), 2, 3);
    pod.grace = 60;
    pod
}

fn args(platform: &Platform, store: &Store) -> Vec<String> {
    let settings = [
        "listen_addresses=*".to_owned(),
        format!("hba_file={CONFIG_DIRECTORY}/pg_hba.conf"),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={TLS_DIRECTORY}/tls.crt"),
        format!("ssl_key_file={TLS_DIRECTORY}/tls.key"),
        "ssl_min_protocol_version=TLSv1.3".to_owned(),
        "password_encryption=scram-sha-256".to_owned(),
        "unix_socket_directories=/var/run/postgresql".to_owned(),
        "wal_level=logical".to_owned(),
        // A relay that is down must not fill the disk: its slot is given up first, and rebuilt from the outbox.
        format!("max_slot_wal_keep_size={}MB", slot_wal(&store.size)),
        "wal_sender_timeout=10s".to_owned(),
        "max_wal_senders=10".to_owned(),
        "max_replication_slots=10".to_owned(),
        "max_connections=200".to_owned(),
        format!("shared_buffers={}MB", shared_buffers(&store.container.limits.memory)),
    ];
    // Of two settings of a name the last one counts.
    let further = platform.parameters.iter().map(|(name, value)| format!("{name}={value}"));
    let flags = settings.into_iter().chain(further).flat_map(|setting| ["-c".to_owned(), setting]);
    std::iter::once("postgres".to_owned()).chain(flags).collect()
}

/// A third of the volume, 20 GiB at most.
fn slot_wal(size: &str) -> u64 {
    (quantity::mebibytes(size) / 3).clamp(256, 20 * 1024)
}

/// A quarter of the memory limit.
fn shared_buffers(limit: &str) -> u64 {
    (quantity::mebibytes(limit) / 4).max(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_follow_the_volume_and_the_memory() {
        assert_eq!(slot_wal("1Gi"), 341);
        assert_eq!(slot_wal("1Ti"), 20 * 1024);
        assert_eq!(shared_buffers("512Mi"), 128);
        assert_eq!(shared_buffers("64Mi"), 32);
    }
}
