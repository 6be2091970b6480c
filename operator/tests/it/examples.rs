//! Every example of the chart becomes a platform that costs nothing once it stands.

use std::path::Path;

use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams, TypeMeta};
use kube::core::GroupVersionKind;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::external_services::write_all_secrets;
use crate::support::{NAME, World};

/// Files of the folder, each with its documents.
fn examples() -> Vec<(String, Vec<Value>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/phasma-operator/examples");
    let files = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let yaml = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    yaml.map(|path| (path.display().to_string(), documents(&path))).collect()
}

fn documents(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the file");
    let documents = serde_yaml_ng::Deserializer::from_str(&text);
    documents.map(|document| Value::deserialize(document).expect("YAML")).filter(|d| !d.is_null()).collect()
}

/// Creates what the file says, in the test's namespace, the resource under the name the tests use.
async fn create(world: &World, mut document: Value) {
    let types = TypeMeta {
        api_version: document["apiVersion"].as_str().expect("apiVersion").to_owned(),
        kind: document["kind"].as_str().expect("kind").to_owned(),
    };
    if types.kind == "Phasma" {
        document["metadata"]["name"] = json!(NAME);
    }
    if let Some(metadata) = document["metadata"].as_object_mut() {
        metadata.remove("namespace");
    }
    let kind = GroupVersionKind::try_from(&types).expect("a kind");
    let api: Api<DynamicObject> =
        Api::namespaced_with(world.client.clone(), &world.namespace, &ApiResource::from_gvk(&kind));
    let name = document["metadata"]["name"].as_str().expect("a name").to_owned();
    let params = PatchParams::apply("test");
    api.patch(&name, &params, &Patch::Apply(document)).await.expect("created");
}

#[tokio::test]
async fn every_example_converges_and_then_costs_no_writes() {
    let examples = examples();
    assert!(examples.len() >= 2, "{}", examples.len());
    let each = examples.into_iter().map(|(path, documents)| async move {
        let world = World::new().await;
        let resources = documents.iter().filter(|document| document["kind"] == "Phasma").count();
        assert_eq!(resources, 1, "{path}");
        for document in documents {
            create(&world, document).await;
        }
        // Services of one's own are named by Secrets.
        write_all_secrets(&world).await;
        world.settle().await;
        for _ in 0..3 {
            let (result, writes) = world.pass().await;
            result.expect("a good pass");
            assert_eq!(writes, 0, "{path}: a converged pass writes nothing");
        }
    });
    futures::future::join_all(each).await;
}
