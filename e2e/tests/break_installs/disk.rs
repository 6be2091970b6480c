//! A disk that is full: a memory-backed directory of bounded size that a pod of ours keeps on the node, offered to the
//! platform as a volume.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{PersistentVolume, Pod};
use kube::{Api, ResourceExt, api::DeleteParams};
use phasma_e2e::{installation::Installation, person::unique};
use serde_json::{Value, json};

use super::objects::{apply, replace_pod, started};

/// Where the kubelet keeps what belongs to pods.
const KUBELET: &str = "/var/lib/kubelet";
const SIZE: &str = "256Mi";
/// Leaves less than a database needs to begin with.
const FILL: &str = "head -c 252M /dev/zero > /disk/ballast; echo full; exec sleep infinity";

pub(crate) struct Disk<'a> {
    model: &'a Installation,
    there: &'a Installation,
    path: String,
    /// Names the volume to whoever claims it.
    pub(crate) class: String,
}

impl<'a> Disk<'a> {
    pub(crate) async fn full(model: &'a Installation, there: &'a Installation) -> Result<Self> {
        let volume = json!({"name": "disk", "emptyDir": {"medium": "Memory", "sizeLimit": SIZE}});
        run(model, there, "disk", FILL, volume).await?;
        let pod: Pod = started(there, "disk").await;
        let uid = pod.uid().context("no uid")?;
        let path = format!("{KUBELET}/pods/{uid}/volumes/kubernetes.io~empty-dir/disk");
        let disk = Self { model, there, path, class: unique("phasma-full-") };
        disk.offer().await?;
        Ok(disk)
    }

    async fn offer(&self) -> Result<()> {
        let spec = json!({
            "storageClassName": self.class, "capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteOnce"],
            "hostPath": {"path": self.path, "type": "Directory"}, "persistentVolumeReclaimPolicy": "Retain",
        });
        apply(&self.volumes(), &self.class, json!({"spec": spec})).await
    }

    /// Makes room.
    pub(crate) async fn relieve(&self) -> Result<()> {
        let volume = json!({"name": "disk", "hostPath": {"path": self.path, "type": "Directory"}});
        run(self.model, self.there, "relief", "rm /disk/ballast", volume).await
    }

    pub(crate) async fn remove(&self) -> Result<()> {
        self.volumes().delete(&self.class, &DeleteParams::background()).await?;
        Ok(())
    }

    fn volumes(&self) -> Api<PersistentVolume> {
        Api::all(self.there.client.clone())
    }
}

async fn run(
    model: &Installation,
    there: &Installation,
    name: &str,
    script: &str,
    volume: Value,
) -> Result<()> {
    let image = model.image("postgres").await?;
    let container = json!({
        "name": name, "image": image, "command": ["sh", "-c", script],
        "volumeMounts": [{"name": "disk", "mountPath": "/disk"}],
    });
    let spec = json!({"restartPolicy": "Never", "terminationGracePeriodSeconds": 1,
                      "securityContext": {"runAsUser": 999}, "containers": [container], "volumes": [volume]});
    replace_pod(there, name, json!({"spec": spec})).await?;
    started(there, name).await;
    Ok(())
}
