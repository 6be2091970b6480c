//! What a rollout fails by.

use serde_json::{Value, json};

pub(crate) struct Cause {
    pub(crate) name: &'static str,
    /// The change of the spec.
    pub(crate) change: fn() -> Value,
    /// What takes it back.
    pub(crate) undo: fn() -> Value,
    /// Part of what is said about it.
    pub(crate) says: &'static str,
}

/// The first two take a minute together, and are always tried.
pub(crate) const CAUSES: [Cause; 6] = [
    Cause {
        name: "a migration that fails",
        change: || json!({"version": "0.2.1"}),
        undo: || json!({"version": "0.1.0"}),
        says: "error: phasma-api migrate always fails",
    },
    Cause {
        name: "configuration that is refused",
        change: || json!({"frontend": {"podOverrides": {"annotations": {"not a name": "x"}}}}),
        undo: || json!({"frontend": {"podOverrides": {"annotations": null}}}),
        says: "Deployment phasma-frontend",
    },
    Cause {
        name: "an image that can't be pulled",
        change: || json!({"frontend": {"image": "localhost/phasma/no-such-image:1"}}),
        undo: || json!({"frontend": {"image": null}}),
        says: "image localhost/phasma/no-such-image:1 can't be pulled",
    },
    Cause {
        name: "a program that crashes",
        change: || json!({"version": "0.2.2"}),
        undo: || json!({"version": "0.1.0"}),
        says: "error: node server.js always fails",
    },
    Cause {
        name: "a program that never gets ready",
        change: || {
            json!({"upgrade": {"progressDeadline": "30s"},
                   "frontend": {"podOverrides": {"nodeSelector": {"phasma.dev/nowhere": "true"}}}})
        },
        undo: || json!({"upgrade": {"progressDeadline": null}, "frontend": {"podOverrides": {"nodeSelector": null}}}),
        says: "frontend: no node can take the pod",
    },
    Cause {
        name: "a store with a bad image",
        change: || json!({"search": {"managed": {"image": "localhost/phasma/no-such-image:1"}}}),
        undo: || json!({"search": {"managed": {"image": null}}}),
        says: "meilisearch: image localhost/phasma/no-such-image:1 can't be pulled",
    },
];
