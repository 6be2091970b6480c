//! A resource file -> the objects it becomes, without a cluster. Secrets lose their content.

use std::collections::BTreeMap;

use anyhow::Context as _;
use kube::ResourceExt;
use phasma_crds::Phasma;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::build::object::{Kind, Object};
use super::build::{build, leaves};
use super::credentials::Credentials;
use super::dereference::Dereferenced;
use super::external;
use super::pki::Pki;
use super::validate::validate;
use crate::catalogue::Catalogue;

/// Stands in the place of every secret.
const REDACTED: &str = "<redacted>";

/// YAML documents in the order they are applied.
pub fn render(mut phasma: Phasma, catalogue: &Catalogue) -> anyhow::Result<String> {
    phasma.metadata.namespace.get_or_insert_with(|| "default".to_owned());
    phasma.metadata.uid.get_or_insert_with(|| "00000000-0000-0000-0000-000000000000".to_owned());
    let objects = objects(&phasma, catalogue)?;
    let mut documents = String::new();
    for object in objects {
        documents.push_str("---\n");
        documents.push_str(&serde_yaml_ng::to_string(&shown(object))?);
    }
    Ok(documents)
}

fn objects(phasma: &Phasma, catalogue: &Catalogue) -> anyhow::Result<Vec<Object>> {
    let instance = phasma.name_any();
    let namespace = phasma.namespace().unwrap_or_default();
    let pki =
        Pki::complete(BTreeMap::new(), &leaves(&instance, &namespace), &instance, OffsetDateTime::now_utc())?;
    let dereferenced = Dereferenced {
        credentials: Credentials::complete(&BTreeMap::new()),
        pki,
        external: external::assumed(&phasma.spec),
        live: BTreeMap::new(),
        unusable: BTreeMap::new(),
        pods: Vec::new(),
        complaints: Default::default(),
    };
    let platform = validate(phasma, &dereferenced, catalogue).context("the resource is invalid")?;
    Ok(build(&platform))
}

/// The object without secrets, and without hashes, which would differ from run to run.
fn shown(object: Object) -> Value {
    let mut value = object.value;
    if object.kind == Kind::Secret
        && let Some(data) = value["data"].as_object_mut()
    {
        data.values_mut().for_each(|secret| *secret = json!(REDACTED));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_services_are_shown_as_if_their_secrets_were_complete() {
        let example = include_str!("../../../charts/phasma-operator/examples/external.yaml");
        let catalogue = Catalogue::built_in().expect("good releases");
        let shown = render(serde_yaml_ng::from_str(example).expect("YAML"), &catalogue).expect("rendered");
        for needed in ["name: phasma-api", "name: phasma-check-broker", "name: phasma-ca-broker"] {
            assert!(shown.contains(needed), "{needed}");
        }
        assert!(!shown.contains("kind: StatefulSet") && !shown.contains("cache.example"));
    }
}
