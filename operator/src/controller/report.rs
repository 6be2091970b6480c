//! Events: one when a condition turns, and one when a pass begins to fail. Losing one loses nothing, so errors are only logged.

use kube::runtime::events::{Event, EventType, Recorder, Reporter as Source};
use kube::{Client, Resource};
use phasma_crds::conditions::{self, reasons, status};
use phasma_crds::{Phasma, PhasmaStatus, labels};

/// Longest note the API server takes.
const LONGEST_NOTE: usize = 1000;

pub(super) struct Reporter(Recorder);

impl Reporter {
    pub(super) fn new(client: Client) -> Self {
        let source = Source { controller: labels::MANAGER.to_owned(), instance: None };
        Self(Recorder::new(client, source))
    }

    /// Reports what differs between the resource's status and the new one.
    pub(super) async fn turned(&self, phasma: &Phasma, next: &PhasmaStatus) {
        for event in events(phasma, next) {
            if let Err(error) = self.0.publish(&event, &phasma.object_ref(&())).await {
                tracing::debug!(%error, "event not published");
            }
        }
    }
}

fn events(phasma: &Phasma, next: &PhasmaStatus) -> Vec<Event> {
    let former = |type_: &str| {
        let former = phasma.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        former.iter().find(|condition| condition.type_ == type_)
    };
    let before = |type_: &str| former(type_).map(|condition| condition.status.clone());
    let turned = next.conditions.iter().filter(|condition| {
        let before_reason = former(&condition.type_).map(|condition| condition.reason.as_str());
        let fails = condition.type_ == conditions::READY
            && [reasons::FAILED, reasons::APPLY_FAILED].contains(&condition.reason.as_str())
            && before_reason != Some(condition.reason.as_str());
        if fails {
            return true;
        }
        let known = condition.status != status::UNKNOWN && condition.type_ != conditions::RECONCILING;
        // A platform that starts has nothing ready yet, and nothing stalled: no news.
        let news =
            condition.status == status::TRUE || before(&condition.type_).as_deref() == Some(status::TRUE);
        known && news && before(&condition.type_).as_deref() != Some(condition.status.as_str())
    });
    turned
        .map(|condition| {
            let good = (condition.status == status::TRUE) != (condition.type_ == conditions::STALLED);
            Event {
                type_: if good { EventType::Normal } else { EventType::Warning },
                reason: if good { condition.type_.clone() } else { condition.reason.clone() },
                note: Some(condition.message.chars().take(LONGEST_NOTE).collect()),
                action: "Reconcile".to_owned(),
                secondary: None,
            }
        })
        .collect()
}
