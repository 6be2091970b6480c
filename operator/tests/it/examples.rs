//! The chart's examples are resources that the API server takes and the operator can build.

use std::path::Path;

use kube::api::{Api, DynamicObject, Patch, PatchParams, ValidationDirective};
use serde_json::{Value, json};

use crate::support::{NAME, World};

#[tokio::test]
async fn every_example_is_accepted_and_begun() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/phasma-operator/examples");
    let files = std::fs::read_dir(folder).expect("the examples");
    let files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file");
        let mut example: Value = serde_yaml_ng::from_str(&text).expect("YAML");
        example["metadata"]["name"] = json!(NAME);
        let world = World::new().await;
        let resource = kube::api::ApiResource::erase::<phasma_crds::Phasma>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(world.client.clone(), &world.namespace, &resource);
        let strict =
            PatchParams { field_validation: Some(ValidationDirective::Strict), ..PatchParams::apply("test") };
        let applied = api.patch(NAME, &strict, &Patch::Apply(&example)).await;
        applied.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (result, writes) = world.pass().await;
        result.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(writes > 10, "{}", file.display());
    }
}
