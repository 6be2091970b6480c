//! Versions of the platform: which images each consists of.
//!
//! Stores belong to a version of the application, so that a newer operator restarts none of them. Their images are
//! pinned by digest; the tag beside it is for the reader. The platform's own are named by tag: a release fixes them.

/// Registry and path of the platform's own images unless the resource names another.
pub const DEFAULT_REGISTRY: &str = "ghcr.io/phasma-dev/phasma";

/// One version of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub version: &'static str,
    pub postgres: &'static str,
    pub dragonfly: &'static str,
    pub seaweedfs: &'static str,
    pub meilisearch: &'static str,
    pub redpanda: &'static str,
    pub connect: &'static str,
}

impl Release {
    /// Image of one of the platform's own programs: `api`, `workers` or `frontend`.
    pub fn own_image(&self, registry: Option<&str>, program: &str) -> String {
        format!("{}/{program}:{}", registry.unwrap_or(DEFAULT_REGISTRY), self.version)
    }
}

const RELEASES: [Release; 1] = [Release {
    version: "0.1.0",
    postgres: concat!(
        "docker.io/library/postgres:18.6",
        "@sha256:5a5a84b19854a9ffaa54082c166ff4ec27473a361e496e5ea167f298f2da9722"
    ),
    dragonfly: concat!(
        "docker.dragonflydb.io/dragonflydb/dragonfly:v1.40.1",
        "@sha256:ebf3c6c213e82fb51b4521660cca13f06f3421dc5b1ed14f2f474c50b5e29986"
    ),
    seaweedfs: concat!(
        "docker.io/chrislusf/seaweedfs:4.48",
        "@sha256:4e61d15fd35994cb1e43e1e553dff106794841fd9a99ade2fc8c8bfce4d7872d"
    ),
    meilisearch: concat!(
        "docker.io/getmeili/meilisearch:v1.53.2",
        "@sha256:c94e58ca09662dd6e65e8f1b0fd145767be3da7d5422a863a27b8d2b68e090c9"
    ),
    redpanda: concat!(
        "docker.io/redpandadata/redpanda:v26.2.1",
        "@sha256:9a47c1f8d6736f98fa2616f6f0b715c051cb0bdac1a1176e38321bf45a5b572d"
    ),
    connect: concat!(
        "docker.io/redpandadata/connect:4.108.0",
        "@sha256:7c6f0e53a2702fb7e3a7e8aff0f62e956025d51d131ac3631288b6eb143f22c2"
    ),
}];

/// The release called `version`, if the operator knows it.
pub fn release(version: &str) -> Option<&'static Release> {
    RELEASES.iter().find(|release| release.version == version)
}

/// Every known version, oldest first.
pub fn versions() -> Vec<&'static str> {
    RELEASES.iter().map(|release| release.version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_names_a_registry_a_version_and_a_digest() {
        for release in &RELEASES {
            let images = [
                release.postgres,
                release.dragonfly,
                release.seaweedfs,
                release.meilisearch,
                release.redpanda,
                release.connect,
            ];
            for image in images {
                let (tagged, digest) = image.split_once("@sha256:").expect("a digest");
                assert!(digest.len() == 64 && digest.chars().all(|c| c.is_ascii_hexdigit()), "{image}");
                let (name, tag) = tagged.rsplit_once(':').expect("a tag");
                assert!(name.split('/').next().expect("a registry").contains('.'), "{image}");
                assert!(tag.contains('.') && tag != "latest", "{image}");
            }
        }
    }

    #[test]
    fn own_images_come_from_the_registry_asked_for() {
        let release = release("0.1.0").expect("known");
        assert_eq!(release.own_image(Some("reg.example/p"), "api"), "reg.example/p/api:0.1.0");
        assert_eq!(release.own_image(None, "api"), format!("{DEFAULT_REGISTRY}/api:0.1.0"));
    }
}
