//! The ways in that need nothing but Kubernetes.

use k8s_openapi::api::networking::v1::Ingress;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn an_ingress_leads_to_the_frontend() {
    let world = World::new().await;
    let ingress = json!({"className": "nginx", "annotations": {"cert-manager.io/issuer": "letsencrypt"},
                         "tls": {"secretName": "photos-tls"}});
    let exposure = json!({"url": "https://Photos.example.org:8443", "ingress": ingress,
                          "trustedProxies": ["10.0.0.0/8", "fd00::/8"]});
    world.create(&json!({"exposure": exposure})).await.expect("created");
    world.settle().await;
    let found: Ingress = world.get("p-frontend").await;
    assert_eq!(found.annotations()["cert-manager.io/issuer"], "letsencrypt");
    let spec = serde_json::to_value(found.spec).expect("JSON");
    assert_eq!(
        spec,
        json!({
            "ingressClassName": "nginx",
            "rules": [{"host": "photos.example.org", "http": {"paths": [{
                "path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": "p-frontend", "port": {"number": 3000}}},
            }]}}],
            "tls": [{"hosts": ["photos.example.org"], "secretName": "photos-tls"}],
        })
    );
    let frontend = serde_json::to_value(world.deployment("frontend").await).expect("JSON");
    let env = &frontend["spec"]["template"]["spec"]["containers"][0]["env"];
    let proxies = json!({"name": "PHASMA_TRUSTED_PROXIES", "value": "10.0.0.0/8,fd00::/8"});
    assert!(env.as_array().expect("a list").contains(&proxies), "{env}");
}

#[tokio::test]
async fn an_ingress_is_cared_for_and_goes_when_it_is_not_wanted() {
    let world = World::new().await;
    world
        .create(&json!({"exposure": {"url": "http://photos.example.org", "ingress": {}}}))
        .await
        .expect("created");
    world.settle().await;
    let elsewhere = Patch::Merge(json!({"spec": {"rules": [{"host": "elsewhere.example.org"}]}}));
    world.api::<Ingress>().patch("p-frontend", &PatchParams::default(), &elsewhere).await.expect("tampered");
    world.settle().await;
    let found: Ingress = world.get("p-frontend").await;
    let rules = found.spec.and_then(|spec| spec.rules).expect("rules");
    assert_eq!(rules[0].host.as_deref(), Some("photos.example.org"));
    world.change(&json!({"exposure": {"ingress": null}})).await.expect("changed");
    world.settle().await;
    assert!(!world.exists::<Ingress>("p-frontend").await);
}
