//! What the cluster's own controllers say they can't do, from their events: it explains what no status tells, such as
//! a quota that keeps a StatefulSet from making its pod. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Event;

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
            let about = event.involved_object;
            let cause = cause(event.message.as_deref().unwrap_or_default());
            ((about.kind.unwrap_or_default(), about.name.unwrap_or_default()), cause)
        };
        Self(events.into_iter().map(complaint).collect())
    }

    /// What is said about the object of this kind, such as `StatefulSet`.
    pub fn about(&self, kind: &str, name: &str) -> Option<&str> {
        self.0.get(&(kind.to_owned(), name.to_owned())).map(String::as_str)
    }
}

/// Events carry one of three times, by who wrote them.
fn last_seen(event: &Event) -> i128 {
    let of_series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref());
    let precise = of_series.or(event.event_time.as_ref()).map(|time| time.0.as_nanosecond());
    let coarse = event.last_timestamp.as_ref().map(|time| time.0.as_nanosecond());
    precise.max(coarse).unwrap_or_default()
}

fn cause(message: &str) -> String {
    let after = |preamble: &&str| message.split_once(*preamble).map(|(_, cause)| cause);
    PREAMBLES.iter().find_map(after).unwrap_or(message).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(reason: &str, kind: &str, message: &str, second: u32) -> Event {
        serde_json::from_value(json!({
            "metadata": {"name": format!("e{second}")}, "reason": reason, "message": message,
            "involvedObject": {"kind": kind, "name": "p-postgres"},
            "lastTimestamp": format!("2030-01-01T00:00:{second:02}Z"),
        }))
        .expect("an event")
    }

    #[test]
    fn the_newest_complaint_is_told_without_its_preamble() {
        let complaints = Complaints::new(vec![
            event("FailedCreate", "StatefulSet", "create Pod p-0 in StatefulSet p failed error: quota", 9),
            event("FailedCreate", "StatefulSet", "create Pod p-0 in StatefulSet p failed error: older", 3),
            event("FailedCreate", "Job", "Error creating: pods \"x\" is forbidden", 3),
        ]);
        assert_eq!(complaints.about("StatefulSet", "p-postgres"), Some("quota"));
        assert_eq!(complaints.about("Job", "p-postgres"), Some("pods \"x\" is forbidden"));
        assert_eq!(complaints.about("Job", "other"), None);
    }

    #[test]
    fn what_merely_happened_is_no_complaint() {
        let complaints = Complaints::new(vec![event("SuccessfulCreate", "StatefulSet", "made a pod", 1)]);
        assert_eq!(complaints.about("StatefulSet", "p-postgres"), None);
    }
}
