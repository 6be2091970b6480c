//! Versions of the platform: which images each consists of, and between which of them a platform may go.
//!
//! Stores belong to a version of the application, so that a newer operator restarts none of them. Their images are
//! pinned by digest; the tag beside it is for the reader. Those of the platform's own programs are named by tag unless a
//! release says otherwise: a release fixes them. The built-in releases may be extended, or replaced one by one, by a file:
//! a site without the internet names the images of its own registry there.

mod step;

use std::path::Path;

use anyhow::Context as _;
use semver::Version;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::step::refusal;

/// Registry and path of the platform's own images unless the resource names another.
pub const DEFAULT_REGISTRY: &str = "ghcr.io/phasma-dev/phasma";

const BUILT_IN: &str = include_str!("catalogue/releases.yaml");

/// One version of the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    pub version: Version,
    pub images: Images,
    pub schema: Schema,
    pub events: Events,
}

/// References with digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Images {
    pub postgres: String,
    pub dragonfly: String,
    pub seaweedfs: String,
    pub meilisearch: String,
    pub redpanda: String,
    pub connect: String,
    /// The platform's own programs, where they are not in the registry under the release's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontend: Option<String>,
}

/// Migrations, by number, which files have in quotes: Helm would make a rounded one of so long a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schema {
    /// The last one that this release brings.
    #[serde(deserialize_with = "quoted", serialize_with = "quote")]
    pub newest: i64,
    /// Releases that bring at least this one run on this release's schema.
    #[serde(deserialize_with = "quoted", serialize_with = "quote")]
    pub oldest: i64,
}

/// Versions of the events' form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Events {
    /// The one this release writes.
    pub written: u32,
    /// The newest one it reads. It reads all before.
    pub read: u32,
}

impl Release {
    /// Image of one of the platform's own programs: `api`, `workers` or `frontend`. A registry that the resource names
    /// has them all under the release's version.
    pub fn own_image(&self, registry: Option<&str>, program: &str) -> String {
        let named = match program {
            "api" => &self.images.api,
            "workers" => &self.images.workers,
            _ => &self.images.frontend,
        };
        match (registry, named) {
            (None, Some(image)) => image.clone(),
            (registry, _) => format!("{}/{program}:{}", registry.unwrap_or(DEFAULT_REGISTRY), self.version),
        }
    }
}

/// Releases, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue(Vec<Release>);

impl Catalogue {
    /// What this operator was built with.
    pub fn built_in() -> anyhow::Result<Self> {
        parsed(BUILT_IN).context("the built-in releases")
    }

    /// The built-in releases and those of `file`, which win over built-in ones of the same version.
    pub fn with_file(file: Option<&Path>) -> anyhow::Result<Self> {
        let built_in = Self::built_in()?;
        let Some(file) = file else { return Ok(built_in) };
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let further = parsed(&text).with_context(|| file.display().to_string())?;
        Ok(built_in.extended(further))
    }

    fn extended(self, further: Catalogue) -> Self {
        let replaced = |release: &Release| further.0.iter().any(|other| other.version == release.version);
        let mut all: Vec<_> = self.0.into_iter().filter(|release| !replaced(release)).collect();
        all.extend(further.0);
        all.sort_by(|a, b| a.version.cmp(&b.version));
        Self(all)
    }

    /// The release called `version`, if the operator knows it.
    pub fn release(&self, version: &str) -> Option<&Release> {
        let version = Version::parse(version).ok()?;
        self.0.iter().find(|release| release.version == version)
    }

    /// Every known version, oldest first, separated by commas.
    pub fn versions(&self) -> String {
        self.0.iter().map(|release| release.version.to_string()).collect::<Vec<_>>().join(", ")
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn quote<S: Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

fn quoted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn parsed(text: &str) -> anyhow::Result<Catalogue> {
    let releases: Vec<Release> = serde_yaml_ng::from_str(text)?;
    for release in &releases {
        let Schema { newest, oldest } = release.schema;
        anyhow::ensure!(oldest <= newest, "{}: schema.oldest is newer than schema.newest", release.version);
        let Events { written, read } = release.events;
        anyhow::ensure!(written <= read, "{}: it doesn't read the events it writes", release.version);
    }
    Ok(Catalogue(Vec::new()).extended(Catalogue(releases)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_in() -> Catalogue {
        Catalogue::built_in().expect("good releases")
    }

    #[test]
    fn every_image_names_a_registry_a_version_and_a_digest() {
        for Release { images, .. } in &built_in().0 {
            let stores = [
                &images.postgres,
                &images.dragonfly,
                &images.seaweedfs,
                &images.meilisearch,
                &images.redpanda,
                &images.connect,
            ];
            for image in stores {
                let (tagged, digest) = image.split_once("@sha256:").expect("a digest");
                assert!(digest.len() == 64 && digest.chars().all(|c| c.is_ascii_hexdigit()), "{image}");
                let (name, tag) = tagged.rsplit_once(':').expect("a tag");
                assert!(name.split('/').next().expect("a registry").contains('.'), "{image}");
                assert!(tag.contains('.') && tag != "latest", "{image}");
            }
        }
    }

    #[test]
    fn the_newest_release_brings_the_newest_migration() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let files =
            std::fs::read_dir(folder).expect("the migrations").map(|file| file.expect("a file").file_name());
        let number = |name: std::ffi::OsString| name.to_string_lossy().split('_').next()?.parse::<i64>().ok();
        let newest = files.filter_map(number).max().expect("a migration");
        assert_eq!(built_in().0.last().expect("a release").schema.newest, newest);
    }

    #[test]
    fn own_images_come_from_the_registry_asked_for() {
        let catalogue = built_in();
        let mut release = catalogue.release("0.1.0").expect("known").clone();
        assert_eq!(release.own_image(Some("reg.example/p"), "api"), "reg.example/p/api:0.1.0");
        assert_eq!(release.own_image(None, "api"), format!("{DEFAULT_REGISTRY}/api:0.1.0"));
        release.images.api = Some("reg.example/api@sha256:1".to_owned());
        assert_eq!(release.own_image(None, "api"), "reg.example/api@sha256:1");
        assert_eq!(release.own_image(Some("other.example"), "api"), "other.example/api:0.1.0");
    }

    #[test]
    fn a_file_adds_releases_and_replaces_built_in_ones() {
        let text = BUILT_IN.replace("0.1.0", "0.10.0") + &BUILT_IN.replace("docker.io", "mirror.example");
        let catalogue = built_in().extended(parsed(&text).expect("good releases"));
        assert_eq!(catalogue.versions(), "0.1.0, 0.10.0");
        let mirrored = catalogue.release("0.1.0").expect("known");
        assert!(mirrored.images.postgres.starts_with("mirror.example/"), "{}", mirrored.images.postgres);
    }

    #[test]
    fn a_malformed_file_is_refused_with_its_place() {
        let message = |text: &str| format!("{:#}", parsed(text).expect_err("refused"));
        assert!(message(&BUILT_IN.replace("postgres:", "postgrs:")).contains("postgrs"));
        assert!(message(&BUILT_IN.replace("0.1.0", "one")).contains("version"));
        assert!(message(&BUILT_IN.replace("20261124180000", "2.026112418e+13")).contains("invalid digit"));
        assert!(message(&BUILT_IN.replace("written: 1", "written: 3")).contains("doesn't read the events"));
    }
}
