//! The objects around the brokers: StatefulSet, Services, a volume claim each, disruption budget.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use phasma_crds::labels;

use super::super::inputs::Inputs;
use super::super::meta;
use super::super::names::Stage;
use super::super::object::{Kind, Object};
use super::super::pod::{Pod, selector};
use super::super::workload::{claim_spec, disruption_budget, named_claim, service};
use super::{ADMIN, COMPONENT, KAFKA, RPC};
use crate::controller::model::{Brokers, Platform};

/// Name of the claim template.
pub(super) const CLAIM: &str = "data";
/// A template can never change, so its size says nothing: the operator makes and grows the claims themselves. Only for
/// one that was deleted the StatefulSet controller may be first, and then it grows from here.
const TEMPLATE_SIZE: &str = "1Gi";
/// A broker that came back catches up before the next one goes.
const CATCH_UP: i32 = 15;

pub(super) fn objects(platform: &Platform, inputs: &Inputs, brokers: &Brokers, pod: &Pod<'_>) -> Vec<Object> {
    let claim =
        |ordinal| named_claim(platform, COMPONENT, &brokers.store, platform.names.broker_data(ordinal));
    let mut objects: Vec<_> = (0..brokers.replicas).map(claim).collect();
    objects.extend([
        service(platform, COMPONENT, &[KAFKA]),
        headless_service(platform),
        stateful_set(platform, inputs, brokers, pod),
    ]);
    objects.extend(disruption_budget(platform, COMPONENT, brokers.replicas));
    objects
}

fn stateful_set(platform: &Platform, inputs: &Inputs, brokers: &Brokers, pod: &Pod<'_>) -> Object {
    let replicas = brokers.replicas;
    let set = StatefulSet {
        metadata: meta::owned(platform, Some(COMPONENT), platform.names.of(COMPONENT)),
        spec: Some(StatefulSetSpec {
            service_name: Some(platform.names.brokers()),
            replicas: Some(replicas),
            // None is ready before all have met. Updates still take one at a time.
            pod_management_policy: Some("Parallel".to_owned()),
            min_ready_seconds: (replicas > 1).then_some(CATCH_UP),
            selector: selector(platform, COMPONENT),
            template: pod.template(platform, inputs),
            volume_claim_templates: Some(vec![claim_template(platform, brokers)]),
            ..StatefulSetSpec::default()
        }),
        ..StatefulSet::default()
    };
    Object::new(Kind::StatefulSet, Stage::of(COMPONENT), &set).runs(COMPONENT)
}

/// Carries what makes a claim the platform's own, but no owner: a template can't have one.
fn claim_template(platform: &Platform, brokers: &Brokers) -> PersistentVolumeClaim {
    let made_for = BTreeMap::from([(labels::MADE_FOR.to_owned(), platform.owner.uid.clone())]);
    PersistentVolumeClaim {
        metadata: ObjectMeta {
            name: Some(CLAIM.to_owned()),
            labels: Some(meta::labels(platform, Some(COMPONENT))),
            annotations: Some(made_for),
            ..ObjectMeta::default()
        },
        spec: Some(claim_spec(&brokers.store, TEMPLATE_SIZE)),
        ..PersistentVolumeClaim::default()
    }
}

/// Gives each broker a name, before it is ready: brokers find each other by it.
fn headless_service(platform: &Platform) -> Object {
    let port = |&(name, port): &(&str, u16)| ServicePort {
        name: Some(name.to_owned()),
        port: i32::from(port),
        target_port: Some(IntOrString::String(name.to_owned())),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    };
    let service = Service {
        metadata: meta::owned(platform, Some(COMPONENT), platform.names.brokers()),
        spec: Some(ServiceSpec {
            cluster_ip: Some("None".to_owned()),
            publish_not_ready_addresses: Some(true),
            selector: Some(meta::selector(platform, COMPONENT)),
            ports: Some([KAFKA, ADMIN, RPC].iter().map(port).collect()),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    };
    Object::new(Kind::Service, Stage::Foundation, &service)
}
