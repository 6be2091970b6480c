//! Live objects, pods and events -> how each component is, with a message a person can act on. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod, PodStatus};
use phasma_crds::conditions::reasons;
use phasma_crds::labels;
use serde_json::Value;

use super::build::names::Component;
use super::build::object::{Key, Kind, Object, desired_hash};
use super::complaints::Complaints;

/// Label by which the Job controller marks its pods.
const JOB_NAME: &str = "batch.kubernetes.io/job-name";

/// How a component is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub ready: bool,
    pub reason: &'static str,
    pub message: String,
    pub ready_replicas: i32,
    pub desired_replicas: i32,
}

impl Health {
    pub fn waiting(message: String) -> Self {
        Self { ready: false, reason: reasons::WAITING, message, ready_replicas: 0, desired_replicas: 0 }
    }
}

/// What else is known besides the objects themselves.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    pub pods: &'a [Pod],
    pub complaints: &'a Complaints,
}

/// Observes the workload or Job `object` of `component`.
pub fn observe(
    component: Component,
    object: &Object,
    live: &BTreeMap<Key, Value>,
    evidence: Evidence<'_>,
) -> Health {
    let Some(found) = live.get(&object.key()) else {
        return Health::waiting(format!("{component} has not been started"));
    };
    let (ready_replicas, desired_replicas) = replicas(object.kind, found);
    let settled = desired_hash(found) == Some(object.desired_hash()) && is_settled(object, found);
    if settled {
        let (reason, message) = match object.kind {
            Kind::Job => (reasons::COMPLETE, format!("{component} is complete")),
            _ => (reasons::READY, format!("{component} is ready")),
        };
        return Health { ready: true, reason, message, ready_replicas, desired_replicas };
    }
    let trouble = of_pods(component, object, evidence)
        .map(|(reason, message)| with_claim(reason, message, component, live, evidence.complaints))
        .or_else(|| not_made(object, found, evidence.complaints));
    let (reason, message) = match trouble {
        Some((reason, message)) => (reason, format!("{component}: {message}")),
        None if object.kind == Kind::Job => (reasons::STARTING, format!("{component} is running")),
        None => {
            let doing = if ready_replicas < desired_replicas { "starting" } else { "being updated" };
            let message = format!("{component} is {doing}: {ready_replicas} of {desired_replicas} ready");
            (reasons::STARTING, message)
        }
    };
    Health { ready: false, reason, message, ready_replicas, desired_replicas }
}

fn integer(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

/// Ready and desired replicas; a Job counts one.
fn replicas(kind: Kind, object: &Value) -> (i32, i32) {
    let number = |pointer| i32::try_from(integer(object, pointer)).unwrap_or(i32::MAX);
    match kind {
        Kind::Job => (i32::from(is_complete(object)), 1),
        Kind::StatefulSet => (number("/status/readyReplicas"), number("/spec/replicas")),
        _ => (number("/status/availableReplicas"), number("/spec/replicas")),
    }
}

/// The controller has seen the newest spec, and every replica is of it and ready.
fn is_settled(wanted: &Object, object: &Value) -> bool {
    let kind = wanted.kind;
    if kind == Kind::Job {
        return is_complete(object);
    }
    let seen = integer(object, "/status/observedGeneration") >= integer(object, "/metadata/generation");
    let (ready, desired) = replicas(kind, object);
    if wanted.autoscaled {
        // What an autoscaler adds on top takes its time without the workload being unready.
        let replicas = integer(object, "/status/replicas");
        let current = integer(object, "/status/updatedReplicas") == replicas;
        return seen && current && i64::from(ready) >= integer(&wanted.value, "/spec/replicas");
    }
    let current = match kind {
        Kind::StatefulSet => {
            object.pointer("/status/currentRevision") == object.pointer("/status/updateRevision")
                || integer(object, "/status/updatedReplicas") == i64::from(desired)
        }
        _ => {
            integer(object, "/status/updatedReplicas") == i64::from(desired)
                && integer(object, "/status/replicas") == i64::from(desired)
        }
    };
    seen && current && ready >= desired
}

fn is_complete(job: &Value) -> bool {
    let conditions = job.pointer("/status/conditions").and_then(Value::as_array);
    let complete = |condition: &Value| condition["type"] == "Complete" && condition["status"] == "True";
    conditions.is_some_and(|conditions| conditions.iter().any(complete))
}

/// Pods of a Job that was superseded say nothing about its successor.
fn is_of(pod: &Pod, component: Component, object: &Object) -> bool {
    let label =
        |name: &str| pod.metadata.labels.as_ref().and_then(|labels| labels.get(name)).map(String::as_str);
    label(labels::COMPONENT) == Some(component.as_str())
        && (object.kind != Kind::Job || label(JOB_NAME) == Some(&object.name))
        && pod.metadata.deletion_timestamp.is_none()
}

/// The most telling trouble of the component's pods: reason and message.
fn of_pods(component: Component, object: &Object, evidence: Evidence<'_>) -> Option<(&'static str, String)> {
    let own = evidence.pods.iter().filter(|pod| is_of(pod, component, object));
    let all = own.filter_map(|pod| trouble(pod, evidence.complaints));
    all.min_by_key(|(rank, ..)| *rank).map(|(_, reason, message)| (reason, message))
}

/// What keeps a pod from being ready: rank (lower is more telling), reason, message.
fn trouble(pod: &Pod, complaints: &Complaints) -> Option<(u8, &'static str, String)> {
    let status = pod.status.as_ref()?;
    let containers = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
    let of_containers = containers.filter_map(container_trouble).min_by_key(|(rank, ..)| *rank);
    of_containers.or_else(|| unschedulable(status)).or_else(|| not_mounted(pod, status, complaints))
}

/// A pod that has a node and doesn't start says nothing itself.
fn not_mounted(pod: &Pod, status: &PodStatus, complaints: &Complaints) -> Option<(u8, &'static str, String)> {
    let waits = status.phase.as_deref() == Some("Pending");
    let cause = complaints.about("Pod", pod.metadata.name.as_deref().unwrap_or_default());
    cause.filter(|_| waits).map(|cause| (4, reasons::BAD_CONFIGURATION, cause.to_owned()))
}

/// A pod that its controller may not make, as long as it is missing.
fn not_made(object: &Object, found: &Value, complaints: &Complaints) -> Option<(&'static str, String)> {
    let cause = match object.kind {
        Kind::StatefulSet => complaints.about("StatefulSet", &object.name),
        Kind::Job => complaints.about("Job", &object.name),
        _ => complaints.about_replicas_of(&object.name),
    };
    let is_missing = match object.kind {
        Kind::Job => integer(found, "/status/active") == 0,
        _ => integer(found, "/status/updatedReplicas") < integer(found, "/spec/replicas"),
    };
    let message = |cause: &str| (reasons::POD_REFUSED, format!("the pod can't be created: {cause}"));
    cause.filter(|_| is_missing).map(message)
}

fn unschedulable(status: &PodStatus) -> Option<(u8, &'static str, String)> {
    let conditions = status.conditions.as_ref()?;
    let refused = conditions.iter().find(|c| c.type_ == "PodScheduled" && c.status == "False")?;
    let message = refused.message.clone().unwrap_or_default();
    Some((3, reasons::UNSCHEDULABLE, format!("no node can take the pod: {message}")))
}

fn container_trouble(container: &ContainerStatus) -> Option<(u8, &'static str, String)> {
    let state = container.state.as_ref()?;
    if container.ready || state.terminated.as_ref().is_some_and(|ended| ended.exit_code == 0) {
        return None;
    }
    let waiting = state.waiting.as_ref();
    let reason = waiting.and_then(|waiting| waiting.reason.as_deref()).unwrap_or_default();
    let said = waiting.and_then(|waiting| waiting.message.clone()).unwrap_or_default();
    match reason {
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
            let message = format!("image {} can't be pulled: {said}", container.image);
            Some((0, reasons::IMAGE_UNAVAILABLE, message))
        }
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            Some((1, reasons::BAD_CONFIGURATION, format!("the container can't be created: {said}")))
        }
        _ => crash(container, state),
    }
}

/// What a crashed container said about it.
fn crash(container: &ContainerStatus, state: &ContainerState) -> Option<(u8, &'static str, String)> {
    let last = container.last_state.as_ref().and_then(|last| last.terminated.as_ref());
    let ended = state.terminated.as_ref().or(last).filter(|ended| ended.exit_code != 0)?;
    let said = ended.message.as_deref().and_then(telling_line).unwrap_or("it said nothing");
    let why = if ended.reason.as_deref() == Some("OOMKilled") { "out of memory" } else { "failed" };
    let message =
        format!("{why} with exit code {} ({} restarts): {said}", ended.exit_code, container.restart_count);
    Some((2, reasons::CRASHING, message))
}

/// How programs mark the line that says why they end. PostgreSQL says afterwards that it tidies up and is shut down.
const MARKS: [&str; 4] = ["PANIC:", "FATAL:", "ERROR:", "error:"];

/// The last line that is marked as an error, or else the last line.
fn telling_line(text: &str) -> Option<&str> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_marked = |line: &&str| MARKS.iter().any(|mark| line.contains(mark));
    lines().rfind(is_marked).or_else(|| lines().next_back())
}

/// A pod that waits for its volume says so in general; the claim says why.
fn with_claim(
    reason: &'static str,
    message: String,
    component: Component,
    live: &BTreeMap<Key, Value>,
    complaints: &Complaints,
) -> (&'static str, String) {
    if reason != reasons::UNSCHEDULABLE || !message.to_lowercase().contains("persistentvolumeclaim") {
        return (reason, message);
    }
    let pending = live.iter().filter(|((kind, _), claim)| {
        *kind == Kind::PersistentVolumeClaim
            && claim["metadata"]["labels"][labels::COMPONENT] == component.as_str()
            && claim.pointer("/status/phase").is_some_and(|phase| phase == "Pending")
    });
    let cause = |((_, name), claim): (&Key, &Value)| {
        if claim.pointer("/spec/storageClassName").is_none() {
            return Some(format!(
                "the cluster has no default storage class for volume claim {name}; name one in \
                 storage.storageClassName"
            ));
        }
        let complaint = complaints.about("PersistentVolumeClaim", name);
        complaint.map(|complaint| format!("volume claim {name}: {complaint}"))
    };
    match pending.filter_map(cause).next() {
        Some(cause) => (reasons::NO_VOLUME, cause),
        None => (reason, message),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(status: &Value) -> Pod {
        let labels = json!({labels::COMPONENT: "api"});
        serde_json::from_value(json!({"metadata": {"labels": labels}, "status": status})).expect("a pod")
    }

    fn object(kind: Kind) -> Object {
        Object {
            kind,
            name: "p-api".to_owned(),
            stage: super::super::build::names::Stage::Api,
            component: Some(Component::Api),
            retained: false,
            autoscaled: false,
            value: json!({"metadata": {"annotations": {labels::DESIRED_HASH: "h"}}}),
        }
    }

    fn observed(kind: Kind, live: &Value, pods: &[Pod]) -> Health {
        let object = object(kind);
        let evidence = Evidence { pods, complaints: &Complaints::default() };
        observe(Component::Api, &object, &BTreeMap::from([(object.key(), live.clone())]), evidence)
    }

    fn deployment(hash: &str, updated: i64) -> Value {
        json!({
            "metadata": {"generation": 2, "annotations": {labels::DESIRED_HASH: hash}},
            "spec": {"replicas": 2},
            "status": {"observedGeneration": 2, "replicas": 2, "updatedReplicas": updated, "availableReplicas": 2},
        })
    }

    #[test]
    fn a_deployment_is_ready_when_all_replicas_are_of_the_desired_template() {
        assert!(observed(Kind::Deployment, &deployment("h", 2), &[]).ready);
        assert!(!observed(Kind::Deployment, &deployment("h", 1), &[]).ready);
        assert!(!observed(Kind::Deployment, &deployment("older", 2), &[]).ready);
    }

    #[test]
    fn a_job_is_ready_when_complete() {
        let job = |status: &str| {
            json!({"metadata": {"annotations": {labels::DESIRED_HASH: "h"}},
                   "status": {"conditions": [{"type": "Complete", "status": status}]}})
        };
        assert!(observed(Kind::Job, &job("True"), &[]).ready);
        assert!(!observed(Kind::Job, &job("False"), &[]).ready);
    }

    #[test]
    fn the_cause_a_person_can_act_on_is_told() {
        let live = deployment("h", 0);
        let container = |state: Value, last: Value| {
            pod(
                &json!({"containerStatuses": [{"name": "api", "image": "reg/api:1", "imageID": "", "ready": false,
                "restartCount": 4, "state": state, "lastState": last}]}),
            )
        };
        let pull =
            container(json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}), json!({}));
        let crash = container(
            json!({"waiting": {"reason": "CrashLoopBackOff"}}),
            json!({"terminated": {"exitCode": 1, "message": "first\nno such database\n\n"}}),
        );
        let nowhere = pod(&json!({"conditions": [
            {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: Insufficient memory"}]}));
        let health = observed(Kind::Deployment, &live, &[nowhere.clone(), crash.clone(), pull]);
        assert_eq!(health.reason, reasons::IMAGE_UNAVAILABLE);
        assert!(health.message.contains("reg/api:1"), "{}", health.message);
        let health = observed(Kind::Deployment, &live, &[nowhere.clone(), crash]);
        assert_eq!(health.reason, reasons::CRASHING);
        assert!(health.message.ends_with("(4 restarts): no such database"), "{}", health.message);
        let health = observed(Kind::Deployment, &live, &[nowhere]);
        assert_eq!(health.reason, reasons::UNSCHEDULABLE);
        assert!(health.message.contains("Insufficient memory"), "{}", health.message);
    }

    fn complaint(kind: &str, name: &str, reason: &str, note: &str) -> Complaints {
        let event = json!({"metadata": {}, "reason": reason, "note": note, "eventTime": null,
                           "regarding": {"kind": kind, "name": name}});
        Complaints::new(vec![serde_json::from_value(event).expect("an event")])
    }

    fn of_claim(claim: &Value, complaints: &Complaints) -> (&'static str, String) {
        let mut claim = claim.clone();
        claim["metadata"] = json!({"labels": {labels::COMPONENT: "postgres"}});
        claim["status"] = json!({"phase": "Pending"});
        let live = BTreeMap::from([((Kind::PersistentVolumeClaim, "p-postgres-data".to_owned()), claim)]);
        let message = "no node: pod has unbound immediate PersistentVolumeClaims".to_owned();
        with_claim(reasons::UNSCHEDULABLE, message, Component::Postgres, &live, complaints)
    }

    #[test]
    fn of_what_a_crashed_program_said_the_error_is_told() {
        let postgres = "LOG:  starting\nPANIC:  could not write to file: No space left on device\n\
                        LOG:  aborting startup\nLOG:  database system is shut down\n";
        assert_eq!(telling_line(postgres), Some("PANIC:  could not write to file: No space left on device"));
        assert_eq!(telling_line("one\n\n two \n\n"), Some("two"));
        assert_eq!(telling_line("\n"), None);
    }

    #[test]
    fn a_claim_says_why_there_is_no_volume() {
        let (reason, message) = of_claim(&json!({"spec": {}}), &Complaints::default());
        assert!(reason == reasons::NO_VOLUME && message.contains("p-postgres-data"), "{reason}: {message}");
        let named = json!({"spec": {"storageClassName": "fast"}});
        assert_eq!(of_claim(&named, &Complaints::default()).0, reasons::UNSCHEDULABLE);
        let complaints =
            complaint("PersistentVolumeClaim", "p-postgres-data", "ProvisioningFailed", "\"fast\" not found");
        let (_, message) = of_claim(&named, &complaints);
        assert_eq!(message, "volume claim p-postgres-data: \"fast\" not found");
    }

    #[test]
    fn a_pod_that_may_not_be_made_is_told_until_it_is_there() {
        let complaints =
            complaint("ReplicaSet", "p-api-5d9c", "FailedCreate", "Error creating: exceeded quota");
        let health = |updated| {
            let (object, live) = (object(Kind::Deployment), deployment("h", updated));
            let live = BTreeMap::from([(object.key(), live)]);
            observe(Component::Api, &object, &live, Evidence { pods: &[], complaints: &complaints })
        };
        assert_eq!(health(1).message, "api: the pod can't be created: exceeded quota");
        assert_eq!(health(1).reason, reasons::POD_REFUSED);
        assert!(health(2).ready);
    }

    #[test]
    fn a_pod_that_does_not_start_is_explained_by_its_event() {
        let complaints = complaint("Pod", "p-api-0", "FailedMount", "secret \"x\" not found");
        let mut waiting = pod(&json!({"phase": "Pending"}));
        waiting.metadata.name = Some("p-api-0".to_owned());
        assert_eq!(trouble(&waiting, &complaints).expect("trouble").2, "secret \"x\" not found");
        waiting.status = serde_json::from_value(json!({"phase": "Running"})).expect("a status");
        assert!(trouble(&waiting, &complaints).is_none());
    }
}
