//! Revisions: what was rolled out, and how it went. Pure.
//!
//! A revision is a spec and the release it is made of; what it becomes follows from both. It is kept in a
//! `ControllerRevision`, not in the status: losing the status loses nothing.

use std::collections::BTreeMap;

use phasma_crds::spec::{DeletionPolicy, Upgrade};
use phasma_crds::{Phasma, PhasmaSpec, labels};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::build::names::Names;
use super::build::object::{Key, Kind, hash};
use crate::catalogue::Release;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Without what says how the operator goes about it.
    pub spec: PhasmaSpec,
    pub release: Release,
}

impl Revision {
    pub fn new(spec: &PhasmaSpec, release: &Release) -> Self {
        let spec = PhasmaSpec {
            version: release.version.to_string(),
            paused: false,
            upgrade: Upgrade::default(),
            deletion_policy: DeletionPolicy::default(),
            ..spec.clone()
        };
        Self { spec, release: release.clone() }
    }

    /// The resource as if it asked for this revision. How the operator goes about it, the resource says now.
    pub fn asked_by(&self, phasma: &Phasma) -> Phasma {
        let spec = PhasmaSpec {
            paused: phasma.spec.paused,
            upgrade: phasma.spec.upgrade.clone(),
            deletion_policy: phasma.spec.deletion_policy,
            ..self.spec.clone()
        };
        Phasma { spec, ..phasma.clone() }
    }

    pub fn name(&self, names: &Names) -> String {
        names.revision(&hash(self)[..10])
    }
}

/// A revision on record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub name: String,
    /// Later ones have higher numbers.
    pub number: i64,
    pub revision: Revision,
    /// The newest that worked.
    pub last_good: bool,
    /// Why it was given up.
    pub failure: Option<String>,
}

impl Record {
    /// `None` for one that this operator can't read, since an older one does not know what a newer one recorded; and for
    /// those that StatefulSets keep of themselves, which have the labels of their pods.
    fn read(live: &Value) -> Option<Self> {
        let metadata = &live["metadata"];
        let last_good = metadata["labels"][labels::LAST_GOOD].as_str()?;
        Some(Self {
            name: metadata["name"].as_str()?.to_owned(),
            number: live["revision"].as_i64()?,
            revision: serde_json::from_value(live["data"].clone()).ok()?,
            last_good: last_good == "true",
            failure: metadata["annotations"][labels::FAILURE].as_str().map(str::to_owned),
        })
    }
}

/// The revisions on record.
#[derive(Clone, Debug, Default)]
pub struct History(Vec<Record>);

impl History {
    /// From all that is live.
    pub fn of(live: &BTreeMap<Key, Value>) -> Self {
        let all = live.iter().filter(|((kind, _), _)| *kind == Kind::ControllerRevision);
        Self(all.filter_map(|(_, live)| Record::read(live)).collect())
    }

    /// A crash may leave two of them: the newer one superseded the other.
    pub fn last_good(&self) -> Option<&Record> {
        self.0.iter().filter(|record| record.last_good).max_by_key(|record| record.number)
    }

    /// The record of this revision, which is a new one if there is none.
    pub fn record(&self, revision: Revision, names: &Names) -> Record {
        let name = revision.name(names);
        let known = self.0.iter().find(|record| record.name == name);
        known.cloned().unwrap_or_else(|| Record {
            name,
            number: self.0.iter().map(|record| record.number).max().unwrap_or_default() + 1,
            revision,
            last_good: false,
            failure: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Catalogue;

    fn revision(url: &str) -> Revision {
        let catalogue = Catalogue::built_in().expect("good releases");
        let spec = json!({"version": "0.1.0", "exposure": {"url": url}, "paused": true});
        let spec = serde_json::from_value(spec).expect("a spec");
        Revision::new(&spec, catalogue.release("0.1.0").expect("known"))
    }

    fn live(number: i64, revision: &Revision, good: bool) -> (Key, Value) {
        let name = revision.name(&Names::new("p"));
        let labels = json!({labels::LAST_GOOD: good.to_string()});
        let object =
            json!({"metadata": {"name": name, "labels": labels}, "revision": number, "data": revision});
        ((Kind::ControllerRevision, name), object)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let one = revision("http://one");
        let history = History::of(&BTreeMap::from([live(4, &one, true)]));
        let record = history.last_good().expect("a record");
        assert_eq!((record.number, &record.revision), (4, &one));
        assert_eq!(history.record(one, &Names::new("p")), *record);
        let other = history.record(revision("http://other"), &Names::new("p"));
        assert_eq!((other.number, other.last_good), (5, false));
    }

    #[test]
    fn of_two_that_worked_the_newer_counts_and_one_that_cannot_be_read_does_not() {
        let (one, other) = (revision("http://one"), revision("http://other"));
        let mut unreadable = live(9, &revision("http://third"), true);
        unreadable.1["data"] = json!({"spec": 1});
        let history = History::of(&BTreeMap::from([live(3, &one, true), live(2, &other, true), unreadable]));
        assert_eq!(history.last_good().expect("a record").number, 3);
    }

    #[test]
    fn policies_are_those_of_the_resource_now() {
        let one = revision("http://one");
        assert!(!one.spec.paused);
        let mut phasma = Phasma::new("p", one.spec.clone());
        phasma.spec.deletion_policy = DeletionPolicy::Delete;
        phasma.spec.signups = phasma_crds::spec::Signups::Closed;
        let asked = one.asked_by(&phasma);
        assert_eq!(asked.spec.deletion_policy, DeletionPolicy::Delete);
        assert_eq!(asked.spec.signups, one.spec.signups);
    }
}
