//! What the cluster's own controllers say they can't do, from their events: it explains what no status tells, such as a
//! quota that keeps a StatefulSet from making its pod. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::events::v1::Event;

/// Reasons of events worth telling: pods not made, volumes not made, volumes not mounted.
const TELLING: [&str; 5] =
    ["FailedCreate", "ProvisioningFailed", "FailedBinding", "FailedMount", "FailedAttachVolume"];
/// What controllers put before the cause.
const PREAMBLES: [&str; 2] = ["failed error: ", "Error creating: "];

/// The newest complaint about each object, by kind and name.
#[derive(Clone, Debug, Default)]
pub struct Complaints(BTreeMap<(String, String), String>);

impl Complaints {
    pub fn new(mut events: Vec<Event>) -> Self {
        events.retain(|event| event.reason.as_deref().is_some_and(|reason| TELLING.contains(&reason)));
        events.sort_by_key(last_seen);
        let complaint = |event: Event| {
            let about = event.regarding.unwrap_or_default();
            let cause = cause(event.note.as_deref().unwrap_or_default());
            ((about.kind.unwrap_or_default(), about.name.unwrap_or_default()), cause)
        };
        Self(events.into_iter().map(complaint).collect())
    }

    /// What is said about the object of this kind, such as `StatefulSet`.
    pub fn about(&self, kind: &str, name: &str) -> Option<&str> {
        self.0.get(&(kind.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// What is said about a ReplicaSet of this Deployment.
    pub fn about_replicas_of(&self, deployment: &str) -> Option<&str> {
        let of_deployment = |name: &str| name.rsplit_once('-').is_some_and(|(stem, _)| stem == deployment);
        self.0
            .iter()
            .find(|((kind, name), _)| kind == "ReplicaSet" && of_deployment(name))
            .map(|(_, cause)| cause.as_str())
    }
}

/// Events carry one of three times, by who wrote them; nanoseconds.
fn last_seen(event: &Event) -> i128 {
    let of_series = event.series.as_ref().map(|series| &series.last_observed_time);
    let precise = of_series.or(event.event_time.as_ref()).map(|time| time.0.as_nanosecond());
    let coarse = event.deprecated_last_timestamp.as_ref().map(|time| time.0.as_nanosecond());
    precise.max(coarse).unwrap_or_default()
}

fn cause(note: &str) -> String {
    let after = |preamble: &&str| note.split_once(*preamble).map(|(_, cause)| cause);
    PREAMBLES.iter().find_map(after).unwrap_or(note).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(reason: &str, (kind, name): (&str, &str), note: &str, second: u32) -> Event {
        serde_json::from_value(json!({
            "metadata": {"name": format!("e{second}")}, "reason": reason, "note": note, "eventTime": null,
            "regarding": {"kind": kind, "name": name},
            "deprecatedLastTimestamp": format!("2030-01-01T00:00:{second:02}Z"),
        }))
        .expect("an event")
    }

    #[test]
    fn the_newest_complaint_is_told_without_its_preamble() {
        let set = ("StatefulSet", "p-postgres");
        let complaints = Complaints::new(vec![
            event("FailedCreate", set, "create Pod p-0 in StatefulSet p failed error: quota", 9),
            event("FailedCreate", set, "create Pod p-0 in StatefulSet p failed error: older", 3),
            event("FailedCreate", ("Job", "p-migrate"), "Error creating: pods \"x\" is forbidden", 3),
            event("FailedCreate", ("ReplicaSet", "p-api-5d9c"), "Error creating: too many", 3),
        ]);
        assert_eq!(complaints.about("StatefulSet", "p-postgres"), Some("quota"));
        assert_eq!(complaints.about("Job", "p-migrate"), Some("pods \"x\" is forbidden"));
        assert_eq!(complaints.about("Job", "other"), None);
        assert_eq!(complaints.about_replicas_of("p-api"), Some("too many"));
        assert_eq!(complaints.about_replicas_of("p"), None);
    }

    #[test]
    fn what_merely_happened_is_no_complaint() {
        let set = ("StatefulSet", "p-postgres");
        let complaints = Complaints::new(vec![event("SuccessfulCreate", set, "made a pod", 1)]);
        assert_eq!(complaints.about("StatefulSet", "p-postgres"), None);
    }
}
