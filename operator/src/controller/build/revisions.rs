//! The record of rollouts: one ControllerRevision each.

use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use phasma_crds::labels;
use serde_json::json;

use super::meta;
use super::names::Stage;
use super::object::{Kind, Object};
use crate::controller::model::Platform;
use crate::controller::revision::Record;

pub(super) fn objects(platform: &Platform) -> impl Iterator<Item = Object> {
    platform.revisions.iter().map(|record| object(platform, record))
}

fn object(platform: &Platform, record: &Record) -> Object {
    let mut metadata = meta::owned(platform, None, record.name.clone());
    let labels = metadata.labels.get_or_insert_default();
    labels.insert(labels::LAST_GOOD.to_owned(), record.last_good.to_string());
    if let Some(failure) = &record.failure {
        let annotations = metadata.annotations.get_or_insert_default();
        annotations.insert(labels::FAILURE.to_owned(), failure.clone());
    }
    let revision = ControllerRevision {
        metadata,
        revision: record.number,
        data: Some(RawExtension(json!(record.revision))),
    };
    Object::new(Kind::ControllerRevision, Stage::Foundation, &revision)
}
