//! Pods: one container each, restricted, with probes, amounts and exactly the secrets and configuration it names.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMapVolumeSource, Container, ContainerPort, EmptyDirVolumeSource, EnvFromSource,
    EnvVar, EnvVarSource, ExecAction, HTTPGetAction, Lifecycle, LifecycleHandler, LocalObjectReference,
    ObjectFieldSelector, PersistentVolumeClaimVolumeSource, PodSecurityContext, PodSpec, PodTemplateSpec,
    Probe, ResourceRequirements, SeccompProfile, SecretEnvSource, SecretVolumeSource, SecurityContext,
    SleepAction, TCPSocketAction, TopologySpreadConstraint, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::inputs::Inputs;
use super::meta;
use super::names::Component;
use super::overrides;
use crate::controller::model::{self, Platform};

/// Where the trusted certificates are mounted.
pub(super) const CA_DIRECTORY: &str = "/etc/phasma/ca";
/// Where a service finds its own certificate and key.
pub(super) const TLS_DIRECTORY: &str = "/etc/phasma/tls";
/// Environment variable with the pod's own name.
pub(super) const POD_NAME: &str = "POD_NAME";
/// Group and others read nothing but what the pod's group may.
const SECRET_MODE: i32 = 0o440;

/// A pod, reduced to what differs between components.
pub(super) struct Pod<'a> {
    pub(super) component: Component,
    pub(super) container: &'a model::Container,
    pub(super) command: Vec<String>,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(&'static str, String)>,
    /// Secret whose keys become environment variables.
    pub(super) env_secret: Option<String>,
    /// Likewise, but read at the first start ever only: a change restarts nothing.
    pub(super) first_start_secret: Option<String>,
    pub(super) mounts: Vec<Mount>,
    pub(super) ports: Vec<(&'static str, u16)>,
    pub(super) startup: Option<Probe>,
    pub(super) liveness: Option<Probe>,
    pub(super) readiness: Option<Probe>,
    /// Command of an init container of the same image with the same mounts.
    pub(super) prepare: Option<Vec<String>>,
    /// Seconds from SIGTERM to SIGKILL, the pause before SIGTERM included.
    pub(super) grace: i64,
    /// Pause before SIGTERM, so that no proxy still sends new connections.
    pub(super) pause: Option<i64>,
    pub(super) restart: Restart,
    /// Tell the container its pod's name, by [`POD_NAME`].
    pub(super) named: bool,
    /// Prefer nodes and zones without another pod of the component.
    pub(super) apart: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Restart {
    Always,
    OnFailure,
}

impl<'a> Pod<'a> {
    pub(super) fn new(component: Component, container: &'a model::Container) -> Self {
        Self {
            component,
            container,
            command: Vec::new(),
            args: Vec::new(),
            env: Vec::new(),
            env_secret: None,
            first_start_secret: None,
            mounts: vec![scratch("tmp", "/tmp")],
            ports: Vec::new(),
            startup: None,
            liveness: None,
            readiness: None,
            prepare: None,
            grace: 30,
            pause: None,
            restart: Restart::Always,
            named: false,
            apart: false,
        }
    }

    /// The pod template, labelled for `component` and marked with the hash of what it reads at start.
    pub(super) fn template(&self, platform: &Platform, inputs: &Inputs) -> PodTemplateSpec {
        let template = PodTemplateSpec {
            metadata: Some(ObjectMeta {
                labels: Some(meta::labels(platform, Some(self.component))),
                annotations: inputs.annotation(platform, &self.reads()),
                ..ObjectMeta::default()
            }),
            spec: Some(self.spec(platform)),
        };
        overrides::overridden(template, platform, self.component)
    }

    /// Names of the Secrets and ConfigMaps the pod depends on.
    fn reads(&self) -> Vec<&str> {
        let mounted = self.mounts.iter().filter_map(|mount| match &mount.source {
            Source::Secret(name) | Source::ConfigMap(name) => Some(name.as_str()),
            Source::FollowedSecret(_)
            | Source::Claim(_)
            | Source::OwnClaim
            | Source::Scratch
            | Source::Memory => None,
        });
        self.env_secret.as_deref().into_iter().chain(mounted).collect()
    }

    fn spec(&self, platform: &Platform) -> PodSpec {
        let user = self.component.user();
        PodSpec {
            automount_service_account_token: Some(false),
            enable_service_links: Some(false),
            security_context: Some(PodSecurityContext {
                run_as_non_root: Some(true),
                run_as_user: Some(user),
                run_as_group: Some(user),
                fs_group: Some(user),
                fs_group_change_policy: Some("OnRootMismatch".to_owned()),
                seccomp_profile: Some(SeccompProfile {
                    type_: "RuntimeDefault".to_owned(),
                    ..SeccompProfile::default()
                }),
                ..PodSecurityContext::default()
            }),
            image_pull_secrets: pull_secrets(platform),
            init_containers: self.prepare.as_ref().map(|command| vec![self.preparing(platform, command)]),
            containers: vec![self.running(platform)],
            volumes: some(self.mounts.iter().filter_map(Mount::volume).collect()),
            termination_grace_period_seconds: Some(self.grace),
            restart_policy: (self.restart == Restart::OnFailure).then(|| "OnFailure".to_owned()),
            topology_spread_constraints: some(self.spread(platform)),
            ..PodSpec::default()
        }
    }

    fn spread(&self, platform: &Platform) -> Vec<TopologySpreadConstraint> {
        let keys: &[&str] = match (self.apart, self.pause) {
            (true, _) => &[HOST, ZONE],
            (false, Some(_)) => &[HOST],
            (false, None) => &[],
        };
        keys.iter().map(|key| spread(platform, self.component, key)).collect()
    }

    fn environment(&self) -> Vec<EnvVar> {
        let own = self.named.then(own_name);
        own.into_iter().chain(self.env.iter().map(|(name, value)| env_var(name, value))).collect()
    }

    fn running(&self, platform: &Platform) -> Container {
        Container {
            command: some(self.command.clone()),
            args: some(self.args.clone()),
            ports: some(self.ports.iter().map(container_port).collect()),
            startup_probe: self.startup.clone(),
            liveness_probe: self.liveness.clone(),
            readiness_probe: self.readiness.clone(),
            lifecycle: self.pause.map(|seconds| Lifecycle {
                pre_stop: Some(LifecycleHandler {
                    sleep: Some(SleepAction { seconds }),
                    ..LifecycleHandler::default()
                }),
                ..Lifecycle::default()
            }),
            ..self.container(platform, self.component.as_str())
        }
    }

    fn preparing(&self, platform: &Platform, command: &[String]) -> Container {
        Container { command: Some(command.to_vec()), ..self.container(platform, "prepare") }
    }

    fn container(&self, platform: &Platform, name: &str) -> Container {
        Container {
            name: name.to_owned(),
            image: Some(self.container.image.clone()),
            image_pull_policy: Some(platform.images.pull_policy.as_str().to_owned()),
            env: some(self.environment()),
            env_from: some(
                self.env_secret.iter().chain(&self.first_start_secret).map(|name| env_from(name)).collect(),
            ),
            resources: Some(amounts(self.container)),
            volume_mounts: some(self.mounts.iter().map(Mount::volume_mount).collect()),
            termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
            security_context: Some(SecurityContext {
                allow_privilege_escalation: Some(false),
                read_only_root_filesystem: Some(true),
                capabilities: Some(Capabilities {
                    drop: Some(vec!["ALL".to_owned()]),
                    ..Capabilities::default()
                }),
                ..SecurityContext::default()
            }),
            ..Container::default()
        }
    }
}

/// A volume and where it appears.
pub(super) struct Mount {
    name: &'static str,
    source: Source,
    path: &'static str,
}

enum Source {
    Secret(String),
    /// One whose files are read again when they change, so that the pod needs no restart.
    FollowedSecret(String),
    ConfigMap(String),
    Claim(String),
    /// The claim that the StatefulSet keeps for each of its pods, called like the mount.
    OwnClaim,
    Scratch,
    Memory,
}

pub(super) fn secret(name: &'static str, secret: String, path: &'static str) -> Mount {
    Mount { name, source: Source::Secret(secret), path }
}

/// A Secret whose change doesn't restart the pod.
pub(super) fn followed_secret(name: &'static str, secret: String, path: &'static str) -> Mount {
    Mount { name, source: Source::FollowedSecret(secret), path }
}

pub(super) fn config(name: &'static str, config_map: String, path: &'static str) -> Mount {
    Mount { name, source: Source::ConfigMap(config_map), path }
}

pub(super) fn claim(name: &'static str, claim: String, path: &'static str) -> Mount {
    Mount { name, source: Source::Claim(claim), path }
}

/// The claim of each pod of a StatefulSet, from its claim template of this name.
pub(super) fn own_claim(name: &'static str, path: &'static str) -> Mount {
    Mount { name, source: Source::OwnClaim, path }
}

/// An empty directory that lives as long as the pod.
pub(super) fn scratch(name: &'static str, path: &'static str) -> Mount {
    Mount { name, source: Source::Scratch, path }
}

/// An empty directory in memory, counted against the container's limit.
pub(super) fn memory(name: &'static str, path: &'static str) -> Mount {
    Mount { name, source: Source::Memory, path }
}

/// The certificates that the platform's clients trust.
pub(super) fn trust(platform: &Platform) -> Mount {
    config("ca", platform.names.trust(), CA_DIRECTORY)
}

impl Mount {
    /// The pod's volume; the StatefulSet controller adds that of an own claim.
    fn volume(&self) -> Option<Volume> {
        let mut volume = Volume { name: self.name.to_owned(), ..Volume::default() };
        match &self.source {
            Source::Secret(secret) | Source::FollowedSecret(secret) => {
                volume.secret = Some(SecretVolumeSource {
                    secret_name: Some(secret.clone()),
                    default_mode: Some(SECRET_MODE),
                    ..SecretVolumeSource::default()
                });
            }
            Source::ConfigMap(name) => {
                volume.config_map =
                    Some(ConfigMapVolumeSource { name: name.clone(), ..ConfigMapVolumeSource::default() });
            }
            Source::Claim(claim_name) => {
                volume.persistent_volume_claim = Some(PersistentVolumeClaimVolumeSource {
                    claim_name: claim_name.clone(),
                    ..PersistentVolumeClaimVolumeSource::default()
                });
            }
            Source::OwnClaim => return None,
            Source::Scratch => volume.empty_dir = Some(EmptyDirVolumeSource::default()),
            Source::Memory => {
                volume.empty_dir = Some(EmptyDirVolumeSource {
                    medium: Some("Memory".to_owned()),
                    size_limit: Some(Quantity("64Mi".to_owned())),
                });
            }
        }
        Some(volume)
    }

    fn volume_mount(&self) -> VolumeMount {
        let read_only =
            matches!(self.source, Source::Secret(_) | Source::FollowedSecret(_) | Source::ConfigMap(_));
        VolumeMount {
            name: self.name.to_owned(),
            mount_path: self.path.to_owned(),
            read_only: read_only.then_some(true),
            ..VolumeMount::default()
        }
    }
}

pub(super) fn http(path: &str, port: u16) -> Probe {
    Probe {
        http_get: Some(HTTPGetAction {
            path: Some(path.to_owned()),
            port: IntOrString::Int(i32::from(port)),
            ..HTTPGetAction::default()
        }),
        ..Probe::default()
    }
}

/// Like [`http`], by TLS; the kubelet trusts any certificate.
pub(super) fn https(path: &str, port: u16) -> Probe {
    let mut probe = http(path, port);
    probe.http_get = probe.http_get.map(|get| HTTPGetAction { scheme: Some("HTTPS".to_owned()), ..get });
    probe
}

pub(super) fn tcp(port: u16) -> Probe {
    let port = IntOrString::Int(i32::from(port));
    Probe { tcp_socket: Some(TCPSocketAction { port, ..TCPSocketAction::default() }), ..Probe::default() }
}

pub(super) fn exec(command: &[&str]) -> Probe {
    let command = command.iter().map(|&word| word.to_owned()).collect();
    Probe { exec: Some(ExecAction { command: Some(command) }), ..Probe::default() }
}

/// Asked each `period` seconds; given up after `failures` of them.
pub(super) fn every(probe: Probe, period: i32, failures: i32) -> Option<Probe> {
    Some(Probe {
        period_seconds: Some(period),
        failure_threshold: Some(failures),
        timeout_seconds: Some(3),
        ..probe
    })
}

const HOST: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

fn spread(platform: &Platform, component: Component, key: &str) -> TopologySpreadConstraint {
    TopologySpreadConstraint {
        max_skew: 1,
        topology_key: key.to_owned(),
        when_unsatisfiable: "ScheduleAnyway".to_owned(),
        label_selector: Some(selector(platform, component)),
        ..TopologySpreadConstraint::default()
    }
}

/// Selector of a component's pods. Versions never enter it.
pub(super) fn selector(platform: &Platform, component: Component) -> LabelSelector {
    LabelSelector { match_labels: Some(meta::selector(platform, component)), ..LabelSelector::default() }
}

fn pull_secrets(platform: &Platform) -> Option<Vec<LocalObjectReference>> {
    let reference = |name: &String| LocalObjectReference { name: name.clone() };
    some(platform.images.pull_secrets.iter().map(reference).collect())
}

fn container_port((name, port): &(&'static str, u16)) -> ContainerPort {
    ContainerPort {
        name: Some((*name).to_owned()),
        container_port: i32::from(*port),
        protocol: Some("TCP".to_owned()),
        ..ContainerPort::default()
    }
}

fn env_var(name: &str, value: &str) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value.to_owned()), ..EnvVar::default() }
}

fn own_name() -> EnvVar {
    let field =
        ObjectFieldSelector { field_path: "metadata.name".to_owned(), ..ObjectFieldSelector::default() };
    let value_from = EnvVarSource { field_ref: Some(field), ..EnvVarSource::default() };
    EnvVar { name: POD_NAME.to_owned(), value_from: Some(value_from), ..EnvVar::default() }
}

fn env_from(secret: &str) -> EnvFromSource {
    let secret_ref = SecretEnvSource { name: secret.to_owned(), optional: None };
    EnvFromSource { secret_ref: Some(secret_ref), ..EnvFromSource::default() }
}

fn amounts(container: &model::Container) -> ResourceRequirements {
    let both = |amounts: &model::Amounts| {
        BTreeMap::from([
            ("cpu".to_owned(), Quantity(amounts.cpu.clone())),
            ("memory".to_owned(), Quantity(amounts.memory.clone())),
        ])
    };
    ResourceRequirements {
        requests: Some(both(&container.requests)),
        limits: Some(both(&container.limits)),
        ..ResourceRequirements::default()
    }
}

/// Empty lists are left out: the API server drops them, and the object would never look applied.
pub(super) fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
