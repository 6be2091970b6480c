//! Labels and annotations of everything the operator makes.

pub const NAME: &str = "app.kubernetes.io/name";
pub const INSTANCE: &str = "app.kubernetes.io/instance";
pub const COMPONENT: &str = "app.kubernetes.io/component";
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// Value of [`NAME`].
pub const NAME_VALUE: &str = "phasma";
/// Value of [`MANAGED_BY`] and name of the field manager.
pub const MANAGER: &str = "phasma-operator";

/// Hash of the object as the operator wants it. Equal hash and untouched fields: no request is needed.
pub const DESIRED_HASH: &str = "phasma.dev/desired-hash";
/// Keyed hash of the secrets a pod reads at start, so that it restarts when one changes.
pub const SECRETS_HASH: &str = "phasma.dev/secrets-hash";
/// Uid of the resource that made a retained object (volume claim, credentials).
pub const MADE_FOR: &str = "phasma.dev/made-for";

/// On the resource: a new value asks for one rotation of all credentials.
pub const ROTATE: &str = "phasma.dev/rotate";

/// On the resource: the version that may be rolled out where `spec.upgrade.strategy` is `Manual`.
pub const APPROVE: &str = "phasma.dev/approve";

/// On every revision: whether it is the newest one that worked.
pub const LAST_GOOD: &str = "phasma.dev/last-good";
/// On a revision: why it was given up.
pub const FAILURE: &str = "phasma.dev/failure";

/// Selector of everything that belongs to the resource `instance`.
pub fn selector(instance: &str) -> String {
    format!("{MANAGED_BY}={MANAGER},{INSTANCE}={instance}")
}
