//! The only reader of other objects: credentials and certificates, the Secrets the spec names, and everything live.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::api::{Api, DynamicObject, ListParams, TypeMeta};
use kube::{Client, ResourceExt};
use phasma_crds::{Phasma, labels};
use serde_json::Value;
use thiserror::Error;
use time::OffsetDateTime;

use super::build::leaves;
use super::build::names::Names;
use super::build::object::{Key, Kind};
use super::credentials::Credentials;
use super::pki::{Pki, PkiError};

/// Decoded content of a Secret that the spec names.
pub type ReferencedSecret = BTreeMap<String, String>;

/// What the rest of the pass may know about the cluster.
pub struct Dereferenced {
    pub credentials: Credentials,
    pub pki: Pki,
    /// The Secret of an external database; `None` if the spec names none, or it does not exist.
    pub external_database: Option<ReferencedSecret>,
    pub live: BTreeMap<Key, Value>,
    pub pods: Vec<Pod>,
}

#[derive(Debug, Error)]
pub enum DereferenceError {
    #[error("list {kind}: {source}")]
    List { kind: &'static str, source: Box<kube::Error> },
    #[error("get Secret {name}: {source}")]
    Get { name: String, source: Box<kube::Error> },
    #[error("Secret {0} exists but was not made by this operator; rename the resource or remove the Secret")]
    Foreign(String),
    #[error("certificates: {0}")]
    Pki(#[from] PkiError),
}

pub async fn dereference(client: &Client, phasma: &Phasma) -> Result<Dereferenced, DereferenceError> {
    let namespace = phasma.namespace().unwrap_or_default();
    let instance = phasma.name_any();
    let names = Names::new(&instance);
    let secrets = Api::<Secret>::namespaced(client.clone(), &namespace);
    let credentials = own_secret(&secrets, &names.credentials(), &instance).await?;
    let pki = own_secret(&secrets, &names.pki(), &instance).await?;
    let now = OffsetDateTime::now_utc();
    let credentials = Credentials::complete(&credentials).without_expired(now);
    let leaves = leaves(&instance, &namespace);
    // A crash may have come between the write of the credentials, which say the step, and that of the certificates.
    let pki = Pki::complete(pki, &leaves, &instance, now)?;
    let pki = pki.follow(credentials.rotation().step, &leaves, &instance, now)?;
    Ok(Dereferenced {
        credentials,
        pki,
        external_database: external_database(&secrets, phasma).await?,
        live: live(client, &namespace, &instance).await?,
        pods: pods(client, &namespace, &instance).await?,
    })
}

/// A Secret the operator made for a resource of this name, now or formerly. Empty if there is none yet.
async fn own_secret(
    secrets: &Api<Secret>,
    name: &str,
    instance: &str,
) -> Result<ReferencedSecret, DereferenceError> {
    let Some(secret) = get(secrets, name).await? else { return Ok(ReferencedSecret::new()) };
    let labelled = |label: &str, value: &str| secret.labels().get(label).is_some_and(|found| found == value);
    if labelled(labels::MANAGED_BY, labels::MANAGER) && labelled(labels::INSTANCE, instance) {
        Ok(decoded(secret))
    } else {
        Err(DereferenceError::Foreign(name.to_owned()))
    }
}

async fn external_database(
    secrets: &Api<Secret>,
    phasma: &Phasma,
) -> Result<Option<ReferencedSecret>, DereferenceError> {
    let Some(external) = &phasma.spec.database.external else { return Ok(None) };
    Ok(get(secrets, &external.secret_ref.name).await?.map(decoded))
}

async fn get(secrets: &Api<Secret>, name: &str) -> Result<Option<Secret>, DereferenceError> {
    let found = secrets.get_opt(name).await;
    found.map_err(|source| DereferenceError::Get { name: name.to_owned(), source: Box::new(source) })
}

fn decoded(secret: Secret) -> ReferencedSecret {
    let text =
        |(key, value): (String, k8s_openapi::ByteString)| Some((key, String::from_utf8(value.0).ok()?));
    secret.data.unwrap_or_default().into_iter().filter_map(text).collect()
}

async fn live(
    client: &Client,
    namespace: &str,
    instance: &str,
) -> Result<BTreeMap<Key, Value>, DereferenceError> {
    let mut live = BTreeMap::new();
    for kind in Kind::ALL {
        let resource = kind.api_resource();
        let api = Api::<DynamicObject>::namespaced_with(client.clone(), namespace, &resource);
        let list = api.list(&of_instance(instance)).await;
        let list =
            list.map_err(|source| DereferenceError::List { kind: kind.as_str(), source: Box::new(source) })?;
        for mut object in list.items {
            // The items of a list don't say their type.
            object.types =
                Some(TypeMeta { api_version: resource.api_version.clone(), kind: resource.kind.clone() });
            let name = object.name_any();
            live.insert((kind, name), serde_json::to_value(object).unwrap_or_default());
        }
    }
    Ok(live)
}

async fn pods(client: &Client, namespace: &str, instance: &str) -> Result<Vec<Pod>, DereferenceError> {
    let api = Api::<Pod>::namespaced(client.clone(), namespace);
    let list = api.list(&of_instance(instance)).await;
    list.map(|list| list.items)
        .map_err(|source| DereferenceError::List { kind: "Pod", source: Box::new(source) })
}

fn of_instance(instance: &str) -> ListParams {
    ListParams::default().labels(&labels::selector(instance))
}
