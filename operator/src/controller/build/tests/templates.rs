//! The pod templates of every release, as they were when it came out: an operator that renders another one restarts
//! the pods of everyone who upgrades it. One folder for each release, one file for each example of the chart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use phasma_crds::Phasma;
use serde_json::{Value, json};

use super::{build, catalogue, dereferenced, phasma};
use crate::controller::external;
use crate::controller::validate::validate;

const EXAMPLES: &str = "../charts/phasma-operator/examples";
const TEMPLATES: &str = "tests/templates";
const WARNING: &str = "A difference restarts the pods of everyone who upgrades the operator: make it a decision. If it \
    is one, say in CHANGELOG.md which pods restart; if not, keep what this release had and let a new release differ.";

fn in_crate(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Names without extension of the files, or names of the folders, in a folder.
fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let name = |path: PathBuf| {
        let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
        name.expect("a name").to_string_lossy().into_owned()
    };
    paths.map(name).collect()
}

fn releases() -> BTreeSet<String> {
    catalogue().versions().split(", ").map(str::to_owned).collect()
}

/// The example as a resource of that release.
fn resource(example: &str, release: &str) -> Phasma {
    let file = in_crate(EXAMPLES).join(example).with_extension("yaml");
    let text = std::fs::read_to_string(file).expect("the example");
    phasma(&text, &json!({"version": release}))
}

/// Pod templates by kind and name.
fn templates(resource: &Phasma) -> BTreeMap<String, Value> {
    let mut dereferenced = dereferenced(resource);
    dereferenced.external = external::assumed(&resource.spec);
    let objects = build(&validate(resource, &dereferenced, &catalogue()).expect("valid"));
    let template = |value: &Value| value.pointer("/spec/template").cloned();
    objects
        .into_iter()
        .filter_map(|object| Some((format!("{:?} {}", object.kind, object.name), template(&object.value)?)))
        .collect()
}

#[test]
fn an_upgrade_of_the_operator_restarts_nothing() {
    for release in releases() {
        for example in names_in(&in_crate(EXAMPLES)) {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(in_crate(TEMPLATES).join(&release));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.set_description(WARNING);
            settings.bind(|| {
                insta::assert_yaml_snapshot!(example.as_str(), templates(&resource(&example, &release)));
            });
        }
    }
}

/// A release that is dropped, or an example that is renamed, leaves no file behind that nobody compares.
#[test]
fn each_release_and_example_has_its_file() {
    let folder = in_crate(TEMPLATES);
    assert_eq!(names_in(&folder), releases());
    for release in releases() {
        assert_eq!(names_in(&folder.join(release)), names_in(&in_crate(EXAMPLES)));
    }
}

/// The files are worth something only if what restarts pods is in them.
#[test]
fn the_templates_are_those_of_every_kind_with_pods() {
    let newest = releases().pop_last().expect("a release");
    let templates = templates(&resource("minimal", &newest));
    for name in ["StatefulSet phasma-postgres", "Deployment phasma-api", "Job phasma-migrate-"] {
        assert!(templates.keys().any(|key| key.starts_with(name)), "{name}: {:?}", templates.keys());
    }
}
