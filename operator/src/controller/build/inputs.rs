//! What pods read at start: the Secrets and ConfigMaps, each with only what its service needs.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use phasma_crds::labels;

use super::meta;
use super::names::{Component, Stage};
use super::object::{Kind, Object};
use crate::controller::model::Platform;

pub(super) type Data = BTreeMap<String, String>;

struct Input {
    component: Option<Component>,
    secret: bool,
    data: Data,
}

/// Secrets and ConfigMaps of a platform by name.
#[derive(Default)]
pub(super) struct Inputs(BTreeMap<String, Input>);

impl Inputs {
    pub(super) fn secret(&mut self, component: Component, name: String, data: Data) {
        self.0.insert(name, Input { component: Some(component), secret: true, data });
    }

    pub(super) fn config(&mut self, component: Option<Component>, name: String, data: Data) {
        self.0.insert(name, Input { component, secret: false, data });
    }

    /// Pod annotation that changes when one of the inputs does: the pods restart.
    pub(super) fn annotation(&self, platform: &Platform, names: &[&str]) -> Option<Data> {
        let read: BTreeMap<_, _> =
            names.iter().filter_map(|&name| Some((name, &self.0.get(name)?.data))).collect();
        let content = serde_json::to_string(&read).unwrap_or_default();
        let hash = platform.credentials.keyed_hash(&content);
        (!read.is_empty()).then(|| Data::from([(labels::SECRETS_HASH.to_owned(), hash)]))
    }

    pub(super) fn objects(self, platform: &Platform) -> Vec<Object> {
        self.0.into_iter().map(|(name, input)| input.object(platform, name)).collect()
    }
}

impl Input {
    fn object(self, platform: &Platform, name: String) -> Object {
        let metadata = meta::owned(platform, self.component, name);
        if self.secret {
            let secret = Secret { metadata, data: Some(bytes(self.data)), ..Secret::default() };
            Object::new(Kind::Secret, Stage::Foundation, &secret)
        } else {
            let config = ConfigMap { metadata, data: Some(self.data), ..ConfigMap::default() };
            Object::new(Kind::ConfigMap, Stage::Foundation, &config)
        }
    }
}

/// The Secrets behind all others: kept under `Retain`, mounted by no pod.
pub(super) fn roots(platform: &Platform) -> Vec<Object> {
    let root = |name: String, data: Data| {
        let metadata = meta::retained(platform, None, name);
        let secret = Secret { metadata, data: Some(bytes(data)), ..Secret::default() };
        Object::new(Kind::Secret, Stage::Foundation, &secret).retained()
    };
    vec![
        root(platform.names.credentials(), platform.credentials.data()),
        root(platform.names.pki(), platform.pki.data().clone()),
    ]
}

fn bytes(data: Data) -> BTreeMap<String, ByteString> {
    data.into_iter().map(|(key, value)| (key, ByteString(value.into_bytes()))).collect()
}
