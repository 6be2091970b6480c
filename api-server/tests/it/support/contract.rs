//! The OpenAPI document, held against every answer that any test gets: its status must be declared for the operation,
//! and its body must be what is declared for that status.

use std::sync::LazyLock;

use reqwest::Method;
use serde_json::Value;

use super::Reply;

/// The committed document, which a unit test keeps equal to the one that is served.
pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../openapi.json")).unwrap());

/// Checks an answer of the public listener. What the document doesn't know, such as the internal listener and paths
/// that don't exist, is passed over; so is 405, which belongs to no operation.
pub(crate) fn check(method: &Method, path: &str, reply: &Reply) {
    let Some((template, item)) = find(path) else { return };
    let Some(operation) = item.get(method.as_str().to_lowercase()) else { return };
    let name = format!("{method} {template} -> {}", reply.status);
    let declared = &operation["responses"][reply.status.to_string()];
    assert!(declared.is_object(), "{name} is not declared: {}", String::from_utf8_lossy(&reply.bytes));
    let declared = match declared["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => declared,
    };
    check_body(&name, &declared["content"], reply);
}

/// The path item whose template fits, one without parameters first.
fn find(path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let mut fitting: Vec<_> = paths.iter().filter(|(template, _)| fits(template, path)).collect();
    fitting.sort_by_key(|(template, _)| template.matches('{').count());
    fitting.first().map(|(template, item)| (template.as_str(), *item))
}

fn fits(template: &str, path: &str) -> bool {
    let same = |(a, b): (&str, &str)| a == b || (a.starts_with('{') && !b.is_empty());
    template.split('/').count() == path.split('/').count()
        && template.split('/').zip(path.split('/')).all(same)
}

fn check_body(name: &str, content: &Value, reply: &Reply) {
    let Some(content) = content.as_object() else {
        assert!(reply.bytes.is_empty(), "{name} has a body that is not declared");
        return;
    };
    let kind = reply.header("content-type").split(';').next().unwrap();
    let declared = content.iter().find(|(declared, _)| *declared == kind || *declared == "image/*");
    let Some((_, declared)) = declared else { panic!("{name} is {kind}, which is not declared") };
    if kind == "application/json" {
        let body = serde_json::from_slice(&reply.bytes).unwrap();
        let errors: Vec<_> =
            validator(&declared["schema"]).iter_errors(&body).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?} in {body}");
    }
}

/// References of schemas lead into the document's components.
fn validator(schema: &Value) -> jsonschema::Validator {
    let mut schema = schema.clone();
    schema["components"] = DOCUMENT["components"].clone();
    jsonschema::validator_for(&schema).unwrap()
}
