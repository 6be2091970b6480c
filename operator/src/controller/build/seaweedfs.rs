//! SeaweedFS: pictures, by S3. Only the S3 port leaves the pod; master, volume server and filer, which know no
//! passwords, listen on the pod's loopback. Keys change without a restart: the server reads them again on SIGHUP.

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
/// Names the file that [`RELOADING`] watches.
const WATCHED: &str = "WATCHED_FILE";
/// Runs the server and tells it when the file changes. Ends as the server ends, and passes on the wish to stop. The file
/// is looked at before the server can read it, so that no change is missed.
const RELOADING: &str = r#"
seen=$(cksum < "$WATCHED_FILE")
"$0" "$@" &
server=$!
trap 'kill -TERM "$server"' TERM INT
while kill -0 "$server" 2> /dev/null; do
  sleep 1 &
  wait $!
  now=$(cksum < "$WATCHED_FILE")
  if [ "$now" != "$seen" ]; then
    seen=$now
    kill -HUP "$server"
  fi
done
wait "$server"
"#;

pub(super) fn inputs(platform: &Platform, inputs: &mut Inputs) {
    inputs.secret(
        COMPONENT,
        platform.names.of(COMPONENT),
        Data::from([("identities.json".to_owned(), identities(platform))]),
    );
}

/// Two identities: one that makes the bucket, one for the API that reaches into the bucket only. During a rotation each
/// has two keys.
fn identities(platform: &Platform) -> String {
    let credentials = &platform.credentials;
    let pair = |(key, secret): (&str, &str)| json!({"accessKey": key, "secretKey": secret});
    let identity = |name: &str, key: Credential, secret: Credential, actions: Vec<String>| {
        let other = credentials.other(key).zip(credentials.other(secret));
        let keys: Vec<_> =
            std::iter::once((credentials.get(key), credentials.get(secret))).chain(other).map(pair).collect();
        json!({"name": name, "credentials": keys, "actions": actions})
    };
    let in_bucket = |action: &str| format!("{action}:{}", buckets::MEDIA);
    let api = ["Read", "Write", "List", "Tagging"].map(in_bucket).to_vec();
    json!({"identities": [
        identity("provision", Credential::S3AdminKeyId, Credential::S3AdminSecretKey, vec!["Admin".to_owned()]),
        identity("api", Credential::S3ApiKeyId, Credential::S3ApiSecretKey, api),
    ]})
    .to_string()
}

/// Other keys of a rotation under way, which the store accepts once it has read its file again.
pub(super) fn awaited_keys(platform: &Platform) -> Option<String> {
    let credentials = &platform.credentials;
    let pairs = [
        (Credential::S3AdminKeyId, Credential::S3AdminSecretKey),
        (Credential::S3ApiKeyId, Credential::S3ApiSecretKey),
    ];
    let other = |(key, secret)| Some(format!("{}:{}", credentials.other(key)?, credentials.other(secret)?));
    let keys: Vec<String> = pairs.into_iter().filter_map(other).collect();
    (!keys.is_empty()).then(|| keys.join(","))
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
    pod.command = ["sh", "-c", RELOADING, "weed"].map(str::to_owned).to_vec();
    pod.args = args();
    // One volume at a time per collection instead of seven: small installations stay small.
    pod.env = vec![
        ("WEED_MASTER_VOLUME_GROWTH_COPY_1", "1".to_owned()),
        (WATCHED, format!("{CONFIG_DIRECTORY}/identities.json")),
    ];
    pod.mounts.extend([
        pod::claim("data", platform.names.data(COMPONENT), "/data"),
        pod::followed_secret("config", platform.names.of(COMPONENT), CONFIG_DIRECTORY),
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command};
    use std::time::{Duration, Instant};

    use super::*;

    /// A server that notes each wish to reload, and has an exit code of its own.
    const SERVER: &str = "trap 'echo again >> \"$1\"' HUP\ntrap 'exit 7' TERM\necho up >> \"$1\"\nwhile :; do sleep 0.1; done\n";

    struct Running {
        child: Child,
        directory: PathBuf,
    }

    impl Running {
        fn start(name: &str) -> Self {
            let directory = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
            fs::create_dir_all(&directory).expect("a directory");
            let file = |name: &str| directory.join(name);
            fs::write(file("watched"), "first").expect("written");
            fs::write(file("server"), SERVER).expect("written");
            let child = Command::new("sh")
                .args(["-c", RELOADING, "sh"])
                .args([file("server"), file("log")])
                .env(WATCHED, file("watched"))
                .spawn()
                .expect("started");
            let running = Self { child, directory };
            running.until("up\n");
            running
        }

        fn until(&self, log: &str) {
            let (started, file) = (Instant::now(), self.directory.join("log"));
            while fs::read_to_string(&file).unwrap_or_default() != log {
                assert!(started.elapsed() < Duration::from_secs(30), "{:?}", fs::read_to_string(&file));
                std::thread::sleep(Duration::from_millis(20));
            }
        }

        fn change(&self, content: &str) {
            let next = self.directory.join("next");
            fs::write(&next, content).expect("written");
            fs::rename(next, Path::new(&self.directory).join("watched")).expect("renamed");
        }

        fn end(mut self) -> Option<i32> {
            let id = self.child.id().to_string();
            assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
            let code = self.child.wait().expect("ended").code();
            fs::remove_dir_all(&self.directory).expect("removed");
            code
        }
    }

    #[test]
    fn the_server_is_told_of_each_change_and_ends_in_its_own_way() {
        let running = Running::start("reloading");
        running.change("second");
        running.until("up\nagain\n");
        running.change("third");
        running.until("up\nagain\nagain\n");
        assert_eq!(running.end(), Some(7));
    }
}
