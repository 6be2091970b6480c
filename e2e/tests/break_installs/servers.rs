//! A database and an object store of somebody else, of the model's images.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Service;
use kube::Api;
use phasma_e2e::installation::Installation;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

use super::objects::{apply, replace_pod, started};

const RESTRICTED: &str = r#"{"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}"#;

/// The owner's login, without encryption.
pub(crate) fn login(password: &str) -> Value {
    let url = format!("postgres://owner:{password}@database:5432/phasma?sslmode=disable");
    json!({"stringData": {"url": url}})
}

/// The owner's login, by a server that this certificate's key belongs to.
pub(crate) fn login_by_tls(certificate: &str) -> Value {
    json!({"stringData": {"url": "postgres://owner:right@database:5432/phasma", "ca.crt": certificate}})
}

pub(crate) struct Certified {
    pub(crate) certificate: String,
    key: String,
}

pub(crate) fn expired(key: &KeyPair) -> Result<Certified> {
    certified(key, (2020, 2021))
}

pub(crate) fn valid(key: &KeyPair) -> Result<Certified> {
    certified(key, (2020, 2099))
}

fn certified(key: &KeyPair, (from, until): (i32, i32)) -> Result<Certified> {
    let mut params = CertificateParams::new(["database".to_owned()])?;
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    Ok(Certified { certificate: params.self_signed(key)?.pem(), key: key.serialize_pem() })
}

pub(crate) async fn database(model: &Installation, there: &Installation) -> Result<()> {
    run_database(model, there, &[], &json!({})).await
}

pub(crate) async fn database_with_certificate(
    model: &Installation,
    there: &Installation,
    certified: &Certified,
) -> Result<()> {
    let files = json!({"tls.crt": certified.certificate, "tls.key": certified.key});
    let settings = ["ssl=on", "ssl_cert_file=/config/tls.crt", "ssl_key_file=/config/tls.key"];
    run_database(model, there, &settings, &files).await
}

async fn run_database(
    model: &Installation,
    there: &Installation,
    more: &[&str],
    files: &Value,
) -> Result<()> {
    let mut files = files.clone();
    files["hba.conf"] = json!("host all all all scram-sha-256\n");
    apply(&there.secrets(), "database-files", json!({"stringData": files})).await?;
    let image = model.image("postgres").await?;
    let settings = ["wal_level=logical", "listen_addresses=*", "hba_file=/config/hba.conf"];
    let settings = settings.iter().chain(more).flat_map(|setting| ["-c", setting]);
    let args: Vec<_> = ["postgres"].into_iter().chain(settings).collect();
    let container = json!({
        "name": "postgres", "image": image, "args": args,
        "volumeMounts": [{"name": "config", "mountPath": "/config"}],
        "env": [{"name": "POSTGRES_USER", "value": "owner"}, {"name": "POSTGRES_PASSWORD", "value": "right"},
                {"name": "POSTGRES_DB", "value": "phasma"}, {"name": "PGDATA", "value": "/tmp/data"}],
    });
    let volumes =
        json!([{"name": "config", "secret": {"secretName": "database-files", "defaultMode": 0o440}}]);
    serve(there, "database", 5432, container, volumes).await
}

/// An account of the object store.
pub(crate) struct Account(&'static str);

impl Account {
    /// The Secret that a spec names.
    pub(crate) fn content(&self) -> Value {
        json!({"stringData": {"accessKeyId": self.0, "secretAccessKey": format!("secret of {}", self.0)}})
    }

    fn identity(&self, actions: &[&str]) -> Value {
        let credentials = json!({"accessKey": self.0, "secretKey": format!("secret of {}", self.0)});
        json!({"name": self.0, "credentials": [credentials], "actions": actions})
    }
}

/// May do everything.
pub(crate) const OWNER: Account = Account("owner");
/// May do nothing in the bucket.
pub(crate) const STRANGER: Account = Account("stranger");

pub(crate) async fn object_store(model: &Installation, there: &Installation) -> Result<()> {
    let identities = [OWNER.identity(&["Admin"]), STRANGER.identity(&["Read:other"])];
    let file = json!({"identities": identities}).to_string();
    apply(&there.secrets(), "store", json!({"stringData": {"identities.json": file}})).await?;
    let image = model.image("seaweedfs").await?;
    let args = [
        "server",
        "-dir=/tmp",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-volume.max=2",
        "-filer",
        "-s3",
        "-s3.ip.bind=0.0.0.0",
        "-s3.port=8333",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.config=/config/identities.json",
    ];
    let container = json!({
        "name": "seaweedfs", "image": image, "command": ["weed"], "args": args,
        "volumeMounts": [{"name": "config", "mountPath": "/config"}],
    });
    let volumes = json!([{"name": "config", "secret": {"secretName": "store"}}]);
    serve(there, "store", 8333, container, volumes).await
}

/// One restricted pod with the Service that leads to it.
async fn serve(
    there: &Installation,
    name: &str,
    port: u16,
    mut container: Value,
    volumes: Value,
) -> Result<()> {
    container["securityContext"] = serde_json::from_str(RESTRICTED).context("JSON")?;
    let security = json!({"runAsNonRoot": true, "runAsUser": 999, "fsGroup": 999,
                          "seccompProfile": {"type": "RuntimeDefault"}});
    let pod = json!({
        "metadata": {"labels": {"app": name}},
        "spec": {"securityContext": security, "terminationGracePeriodSeconds": 1,
                 "containers": [container], "volumes": volumes},
    });
    replace_pod(there, name, pod).await?;
    let services: Api<Service> = Api::namespaced(there.client.clone(), &there.namespace);
    let service = json!({"spec": {"selector": {"app": name}, "ports": [{"port": port}]}});
    apply(&services, name, service).await?;
    started(there, name).await;
    Ok(())
}
