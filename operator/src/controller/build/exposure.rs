//! The ways in: an Ingress or an HTTPRoute for the public host, with every path going to the frontend.

use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend,
    IngressSpec, IngressTLS, ServiceBackendPort,
};
use phasma_crds::spec;
use phasma_domain::contract::ports;
use serde_json::{Value, json};

use super::meta;
use super::names::{Component, Stage};
use super::object::{Kind, Object};
use crate::controller::model::Platform;

const FRONTEND: Component = Component::Frontend;

pub(super) fn objects(platform: &Platform) -> Vec<Object> {
    let ingress = platform.exposure.ingress.as_ref().map(|wanted| ingress(platform, wanted));
    let route = platform.exposure.gateway.as_ref().map(|wanted| route(platform, wanted));
    ingress.into_iter().chain(route).collect()
}

fn ingress(platform: &Platform, wanted: &spec::Ingress) -> Object {
    let host = &platform.exposure.host;
    let mut metadata = meta::owned(platform, Some(FRONTEND), platform.names.of(FRONTEND));
    metadata.annotations = Some(wanted.annotations.clone());
    let tls = wanted.tls.as_ref().map(|tls| {
        vec![IngressTLS { hosts: Some(vec![host.clone()]), secret_name: Some(tls.secret_name.clone()) }]
    });
    let ingress = Ingress {
        metadata,
        spec: Some(IngressSpec {
            ingress_class_name: wanted.class_name.clone(),
            rules: Some(vec![rule(platform, host)]),
            tls,
            ..IngressSpec::default()
        }),
        ..Ingress::default()
    };
    Object::new(Kind::Ingress, Stage::Exposure, &ingress)
}

fn rule(platform: &Platform, host: &str) -> IngressRule {
    let service = IngressServiceBackend {
        name: platform.names.of(FRONTEND),
        port: Some(ServiceBackendPort { number: Some(i32::from(ports::FRONTEND)), ..Default::default() }),
    };
    let path = HTTPIngressPath {
        path: Some("/".to_owned()),
        path_type: "Prefix".to_owned(),
        backend: IngressBackend { service: Some(service), ..IngressBackend::default() },
    };
    IngressRule { host: Some(host.to_owned()), http: Some(HTTPIngressRuleValue { paths: vec![path] }) }
}

fn route(platform: &Platform, wanted: &spec::Gateway) -> Object {
    let parents: Vec<Value> = wanted.parent_refs.iter().map(|parent| json!(parent)).collect();
    let metadata = meta::owned(platform, Some(FRONTEND), platform.names.of(FRONTEND));
    let spec = json!({
        "parentRefs": parents,
        "hostnames": [platform.exposure.host],
        "rules": [{
            "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
            "backendRefs": [{"name": platform.names.of(FRONTEND), "port": ports::FRONTEND}],
        }],
    });
    Object::untyped(Kind::HttpRoute, Stage::Exposure, &metadata, spec)
}
