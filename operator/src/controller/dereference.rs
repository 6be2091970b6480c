//! The only reader of other objects: credentials and certificates, the Secrets the spec names, and everything live.
//!
//! Lists come first, so that what is generated rests on the newest there is.

use std::collections::BTreeMap;

use futures::future::join_all;
use k8s_openapi::api::core::v1::{Pod, Secret};
use k8s_openapi::api::events::v1::Event;
use kube::api::{Api, DynamicObject, ListParams, TypeMeta};
use kube::{Client, ResourceExt};
use phasma_crds::{Phasma, PhasmaStatus, labels};
use serde_json::Value;
use thiserror::Error;
use time::OffsetDateTime;

use super::build::leaves;
use super::build::names::{Component, Names};
use super::build::object::{Key, Kind};
use super::complaints::Complaints;
use super::credentials::Credentials;
use super::external::{Content, Secrets, named_secrets};
use super::optional::{self, Unusable};
use super::pki::{Pki, PkiError};
use super::revision::History;
use super::rotation::Step;

/// What the rest of the pass may know about the cluster.
pub struct Dereferenced {
    pub credentials: Credentials,
    pub pki: Pki,
    /// The Secrets of external services, as far as they exist.
    pub external: Secrets,
    pub live: BTreeMap<Key, Value>,
    /// Kinds that the cluster lacks, or that can't be read.
    pub unusable: Unusable,
    pub pods: Vec<Pod>,
    /// What controllers of the cluster can't do; not asked for while everything is ready.
    pub complaints: Complaints,
}

impl Dereferenced {
    /// Credentials are being replaced.
    pub fn is_rotating(&self) -> bool {
        self.credentials.rotation().step != Step::Idle
    }
}

#[derive(Debug, Error)]
pub enum DereferenceError {
    #[error("list {kind}: {source}")]
    List { kind: &'static str, source: Box<kube::Error> },
    #[error("get Secret {name}: {source}")]
    Get { name: String, source: Box<kube::Error> },
    #[error("Secret {0} exists but was not made by this operator; rename the resource or remove the Secret")]
    Foreign(String),
    #[error(
        "Secret {secret} is gone, but volume claim {claim} was set up with the passwords in it; restore the Secret \
         from a backup, or delete the claim and its data"
    )]
    Lost { secret: String, claim: String },
    #[error("certificates: {0}")]
    Pki(#[from] PkiError),
}

impl DereferenceError {
    /// True if only a person can help.
    pub fn waits_for_change(&self) -> bool {
        matches!(self, Self::Foreign(_) | Self::Lost { .. })
    }
}

/// Stores that take their password when their volume is set up, and never again.
const BOUND_TO_PASSWORDS: [Component; 2] = [Component::Postgres, Component::Redpanda];

pub async fn dereference(client: &Client, phasma: &Phasma) -> Result<Dereferenced, DereferenceError> {
    let namespace = phasma.namespace().unwrap_or_default();
    let instance = phasma.name_any();
    let names = Names::new(&instance);
    let secrets = Api::<Secret>::namespaced(client.clone(), &namespace);
    let (mut live, unusable) = live(client, &namespace, &instance).await?;
    let credentials = own_secret(&secrets, &names.credentials(), phasma, &mut live).await?;
    let pki = own_secret(&secrets, &names.pki(), phasma, &mut live).await?;
    if credentials.is_empty()
        && let Some(claim) = bound_claim(&live)
    {
        return Err(DereferenceError::Lost { secret: names.credentials(), claim });
    }
    let now = OffsetDateTime::now_utc();
    let credentials = Credentials::complete(&credentials).without_expired(now);
    let leaves = leaves(&instance, &namespace);
    // A crash may have come between the write of the credentials, which say the step, and that of the certificates.
    let pki = Pki::complete(pki, &leaves, &instance, now)?;
    let pki = pki.follow(credentials.rotation().step, &leaves, &instance, now)?;
    Ok(Dereferenced {
        credentials,
        pki,
        external: external(&secrets, phasma, &History::of(&live)).await?,
        live,
        unusable,
        pods: pods(client, &namespace, &instance).await?,
        complaints: if phasma.status.as_ref().is_some_and(PhasmaStatus::is_ready) {
            Complaints::default()
        } else {
            complaints(client, &namespace).await?
        },
    })
}

/// A Secret the operator made for this resource, or formerly for one of its name. Empty if there is none yet.
///
/// It takes its place among what is live: what is made from it is written only onto this very state of it.
async fn own_secret(
    secrets: &Api<Secret>,
    name: &str,
    phasma: &Phasma,
    live: &mut BTreeMap<Key, Value>,
) -> Result<Content, DereferenceError> {
    let key = (Kind::Secret, name.to_owned());
    live.remove(&key);
    let Some(secret) = get(secrets, name).await? else { return Ok(Content::new()) };
    let labelled = |label: &str, value: &str| secret.labels().get(label).is_some_and(|found| found == value);
    let of_this_name =
        labelled(labels::MANAGED_BY, labels::MANAGER) && labelled(labels::INSTANCE, &phasma.name_any());
    if !of_this_name && secret.annotations().get(labels::MADE_FOR) != phasma.uid().as_ref() {
        return Err(DereferenceError::Foreign(name.to_owned()));
    }
    live.insert(key, serde_json::to_value(&secret).unwrap_or_default());
    Ok(decoded(secret))
}

/// A volume claim whose data can be reached with the generated passwords only. One that is being deleted is given up.
fn bound_claim(live: &BTreeMap<Key, Value>) -> Option<String> {
    let of = |store: &Component| {
        live.iter().find(|((kind, _), claim)| {
            *kind == Kind::PersistentVolumeClaim
                && claim["metadata"]["deletionTimestamp"].is_null()
                && claim["metadata"]["labels"][labels::COMPONENT] == store.as_str()
        })
    };
    BOUND_TO_PASSWORDS.iter().find_map(of).map(|((_, name), _)| name.clone())
}

/// Those that the spec names, and those that what worked last names.
async fn external(
    secrets: &Api<Secret>,
    phasma: &Phasma,
    history: &History,
) -> Result<Secrets, DereferenceError> {
    let mut names = named_secrets(&phasma.spec);
    names.extend(history.last_good().iter().flat_map(|good| named_secrets(&good.revision.spec)));
    let mut found = Secrets::new();
    for name in names {
        found.extend(get(secrets, name).await?.map(|secret| (name.to_owned(), decoded(secret))));
    }
    Ok(found)
}

async fn get(secrets: &Api<Secret>, name: &str) -> Result<Option<Secret>, DereferenceError> {
    let found = secrets.get_opt(name).await;
    found.map_err(|source| DereferenceError::Get { name: name.to_owned(), source: Box::new(source) })
}

fn decoded(secret: Secret) -> Content {
    let text =
        |(key, value): (String, k8s_openapi::ByteString)| Some((key, String::from_utf8(value.0).ok()?));
    secret.data.unwrap_or_default().into_iter().filter_map(text).collect()
}

/// Lists of all kinds at once: a pass takes as long as the slowest of them.
async fn live(
    client: &Client,
    namespace: &str,
    instance: &str,
) -> Result<(BTreeMap<Key, Value>, Unusable), DereferenceError> {
    let lists = Kind::ALL.map(async |kind| (kind, of_kind(client, namespace, instance, kind).await));
    let mut live = BTreeMap::new();
    let mut unusable = Unusable::new();
    for (kind, listed) in join_all(lists).await {
        match listed {
            Ok(objects) => live.extend(objects),
            Err(error) if kind.is_optional() => {
                unusable.insert(kind, optional::reason(kind, &error));
            }
            Err(source) => {
                return Err(DereferenceError::List { kind: kind.as_str(), source: Box::new(source) });
            }
        }
    }
    Ok((live, unusable))
}

async fn of_kind(
    client: &Client,
    namespace: &str,
    instance: &str,
    kind: Kind,
) -> Result<Vec<(Key, Value)>, kube::Error> {
    let resource = kind.api_resource();
    let api = Api::<DynamicObject>::namespaced_with(client.clone(), namespace, &resource);
    // The items of a list don't say their type.
    let types = TypeMeta { api_version: resource.api_version.clone(), kind: resource.kind.clone() };
    let of_object = |mut object: DynamicObject| {
        object.types = Some(types.clone());
        ((kind, object.name_any()), serde_json::to_value(object).unwrap_or_default())
    };
    Ok(api.list(&of_instance(instance)).await?.items.into_iter().map(of_object).collect())
}

async fn pods(client: &Client, namespace: &str, instance: &str) -> Result<Vec<Pod>, DereferenceError> {
    let api = Api::<Pod>::namespaced(client.clone(), namespace);
    let list = api.list(&of_instance(instance)).await;
    list.map(|list| list.items)
        .map_err(|source| DereferenceError::List { kind: "Pod", source: Box::new(source) })
}

/// Warnings of the namespace: about whom, only their content tells.
async fn complaints(client: &Client, namespace: &str) -> Result<Complaints, DereferenceError> {
    let api = Api::<Event>::namespaced(client.clone(), namespace);
    let list = api.list(&ListParams::default().fields("type=Warning")).await;
    list.map(|list| Complaints::new(list.items))
        .map_err(|source| DereferenceError::List { kind: "Event", source: Box::new(source) })
}

fn of_instance(instance: &str) -> ListParams {
    ListParams::default().labels(&labels::selector(instance))
}
