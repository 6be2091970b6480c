//! The rules of the definition on a real API server: the same cases as in the tests of the definition.

#[path = "../../../crds/tests/table/mod.rs"]
mod table;

use kube::ResourceExt;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, PostParams};
use phasma_crds::Phasma;
use serde_json::Value;

use crate::support::World;

fn resources(world: &World) -> Api<DynamicObject> {
    Api::namespaced_with(world.client.clone(), &world.namespace, &ApiResource::erase::<Phasma>(&()))
}

/// Says what the API server has against the object; empty if nothing. Nothing is kept.
async fn refusal(api: &Api<DynamicObject>, before: Option<&DynamicObject>, after: &Value) -> String {
    let params = PostParams { dry_run: true, ..PostParams::default() };
    let mut after: DynamicObject = serde_json::from_value(after.clone()).expect("an object");
    let answer = match before {
        None => api.create(&params, &after).await,
        Some(before) => {
            after.metadata.resource_version = before.resource_version();
            api.replace(&before.name_any(), &params, &after).await
        }
    };
    answer.err().map(|error| error.to_string()).unwrap_or_default()
}

#[tokio::test]
async fn the_api_server_decides_as_the_cases_say() {
    let world = World::new().await;
    let api = resources(&world);
    for case in table::cases() {
        let before = match &case.before {
            Some(before) => {
                let before = serde_json::from_value(before.clone()).expect("an object");
                Some(api.create(&PostParams::default(), &before).await.expect("created"))
            }
            None => None,
        };
        let (at, rule) = (&case.at, &case.rule);
        assert_eq!(refusal(&api, before.as_ref(), &case.accepted).await, "", "{at}: {rule}");
        let refusal = refusal(&api, before.as_ref(), &case.refused).await;
        assert!(refusal.contains(rule) && refusal.contains(&case.names), "{at}: {refusal}");
        if let Some(before) = before {
            api.delete(&before.name_any(), &DeleteParams::default()).await.expect("deleted");
        }
    }
}
