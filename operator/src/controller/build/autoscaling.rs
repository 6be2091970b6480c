//! What scales a workload by its load.

use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec,
    MetricTarget, ResourceMetricSource,
};
use phasma_crds::spec::Autoscaling;

use super::meta;
use super::names::{Component, Stage};
use super::object::{Kind, Object};
use crate::controller::model::Platform;

pub(super) fn autoscaler(platform: &Platform, component: Component, bounds: &Autoscaling) -> Object {
    let name = platform.names.of(component);
    let autoscaler = HorizontalPodAutoscaler {
        metadata: meta::owned(platform, Some(component), name.clone()),
        spec: Some(HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some("apps/v1".to_owned()),
                kind: "Deployment".to_owned(),
                name,
            },
            min_replicas: Some(bounds.min_replicas),
            max_replicas: bounds.max_replicas,
            metrics: Some(vec![processor_use(bounds.target_cpu_utilization)]),
            ..HorizontalPodAutoscalerSpec::default()
        }),
        ..HorizontalPodAutoscaler::default()
    };
    Object::new(Kind::HorizontalPodAutoscaler, Stage::of(component), &autoscaler)
}

fn processor_use(per_cent: i32) -> MetricSpec {
    MetricSpec {
        type_: "Resource".to_owned(),
        resource: Some(ResourceMetricSource {
            name: "cpu".to_owned(),
            target: MetricTarget {
                type_: "Utilization".to_owned(),
                average_utilization: Some(per_cent),
                ..MetricTarget::default()
            },
        }),
        ..MetricSpec::default()
    }
}
