//! Versions of the platform: which images each consists of.
//!
//! Stores belong to a version of the application, so that a newer operator restarts none of them. Images are named by
//! their exact tag; where a site wants digests it overrides the image in the resource.

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
    postgres: "docker.io/library/postgres:18.6",
    dragonfly: "docker.dragonflydb.io/dragonflydb/dragonfly:v1.40.1",
    seaweedfs: "docker.io/chrislusf/seaweedfs:4.48",
    meilisearch: "docker.io/getmeili/meilisearch:v1.53",
    redpanda: "docker.io/redpandadata/redpanda:v26.2.1",
    connect: "docker.io/redpandadata/connect:4.102.0",
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
    fn every_image_names_a_registry_and_an_exact_version() {
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
                let (name, tag) = image.rsplit_once(':').expect("a tag");
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
