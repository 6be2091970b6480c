//! SeaweedFS: pictures, by S3. Only the S3 port leaves the pod; master, volume server and filer, which know no
//! passwords, listen on the pod's loopback.

use phasma_domain::contract::{buckets, ports};
use serde_json::json;

use super::inputs::{Data, Inputs};
use super::names::Component;
use super::object::Object;
use super::pod::{self, Pod};
use super::workload::{service, stateful_set, volume_claim};
use crate::controller::credentials::Credential;
use crate::controller::model::{Platform, Store};

const COMPONENT: Component = Component::Seaweedfs;
const PORT: (&str, u16) = ("s3", ports::S3);
const CONFIG_DIRECTORY: &str = "/etc/phasma/seaweedfs";

pub(super) fn inputs(platform: &Platform, inputs: &mut Inputs) {
    inputs.secret(
        COMPONENT,
        platform.names.of(COMPONENT),
        Data::from([("identities.json".to_owned(), identities(platform))]),
    );
}

/// Two identities: one that makes the bucket, one for the API that reaches into the bucket only.
fn identities(platform: &Platform) -> String {
    let identity = |name: &str, key: Credential, secret: Credential, actions: Vec<String>| {
        let (key, secret) = (platform.credentials.get(key), platform.credentials.get(secret));
        json!({"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions})
    };
    let in_bucket = |action: &str| format!("{action}:{}", buckets::MEDIA);
    let api = ["Read", "Write", "List", "Tagging"].map(in_bucket).to_vec();
    json!({"identities": [
        identity("provision", Credential::S3AdminKeyId, Credential::S3AdminSecretKey, vec!["Admin".to_owned()]),
        identity("api", Credential::S3ApiKeyId, Credential::S3ApiSecretKey, api),
    ]})
    .to_string()
}

pub(super) fn objects(platform: &Platform, inputs: &Inputs, store: &Store) -> Vec<Object> {
    vec![
        volume_claim(platform, COMPONENT, store),
        service(platform, COMPONENT, &[PORT]),
        stateful_set(platform, inputs, &pod(platform, store)),
    ]
}

fn pod<'a>(platform: &Platform, store: &'a Store) -> Pod<'a> {
    let mut pod = Pod::new(COMPONENT, &store.container);
    pod.command = vec!["weed".to_owned()];
    pod.args = args();
    // One volume at a time per collection instead of seven: small installations stay small.
    pod.env = vec![("WEED_MASTER_VOLUME_GROWTH_COPY_1", "1".to_owned())];
    pod.mounts.extend([
        pod::claim("data", platform.names.data(COMPONENT), "/data"),
        pod::secret("config", platform.names.of(COMPONENT), CONFIG_DIRECTORY),
    ]);
    pod.ports = vec![PORT];
    pod.startup = pod::every(pod::http("/healthz", ports::S3), 2, 150);
    pod.liveness = pod::every(pod::http("/healthz", ports::S3), 10, 6);
    pod.readiness = pod::every(pod::http("/healthz", ports::S3), 2, 3);
    pod.grace = 60;
    pod
}

fn args() -> Vec<String> {
    let flags = [
        "-logtostderr=true",
        "server",
        "-dir=/data",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=1024",
        "-volume.max=0",
        "-filer",
        "-s3",
        "-s3.ip.bind=0.0.0.0",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        "-s3.allowDeleteBucketNotEmpty=false",
    ];
    let computed =
        [format!("-s3.port={}", ports::S3), format!("-s3.config={CONFIG_DIRECTORY}/identities.json")];
    flags.into_iter().map(str::to_owned).chain(computed).collect()
}
