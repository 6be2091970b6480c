//! Condition types and reasons. All types are present, as `Unknown`, from the first status on.

/// Everything the resource asks for is there and works.
pub const READY: &str = "Ready";
/// People can use the platform.
pub const AVAILABLE: &str = "Available";
/// Work is going on (kstatus).
pub const RECONCILING: &str = "Reconciling";
/// Nothing will change until a person acts (kstatus).
pub const STALLED: &str = "Stalled";
pub const DATABASE_READY: &str = "DatabaseReady";
pub const CACHE_READY: &str = "CacheReady";
pub const OBJECT_STORAGE_READY: &str = "ObjectStorageReady";
pub const SEARCH_READY: &str = "SearchReady";
pub const BROKER_READY: &str = "BrokerReady";
pub const MIGRATIONS_COMPLETE: &str = "MigrationsComplete";
pub const PROVISIONED: &str = "Provisioned";
pub const RELAY_READY: &str = "RelayReady";
pub const API_READY: &str = "ApiReady";
pub const CONSUMERS_READY: &str = "ConsumersReady";
pub const PIPELINES_READY: &str = "PipelinesReady";
pub const FRONTEND_READY: &str = "FrontendReady";
/// What the resource asks for did not work, and what worked before runs again. There once that happened.
pub const ROLLED_BACK: &str = "RolledBack";

/// Every type that is always there, in the order they are shown.
pub const ALL: [&str; 16] = [
    READY,
    AVAILABLE,
    RECONCILING,
    STALLED,
    DATABASE_READY,
    CACHE_READY,
    OBJECT_STORAGE_READY,
    SEARCH_READY,
    BROKER_READY,
    MIGRATIONS_COMPLETE,
    PROVISIONED,
    RELAY_READY,
    API_READY,
    CONSUMERS_READY,
    PIPELINES_READY,
    FRONTEND_READY,
];

/// Those of what the platform consists of.
pub const OF_COMPONENTS: &[&str] = ALL.split_at(4).1;

/// Those of the data services.
pub const OF_STORES: &[&str] = OF_COMPONENTS.split_at(5).0;

pub mod status {
    pub const TRUE: &str = "True";
    pub const FALSE: &str = "False";
    pub const UNKNOWN: &str = "Unknown";
}

pub mod reasons {
    /// Not looked at yet.
    pub const PENDING: &str = "Pending";
    pub const READY: &str = "Ready";
    pub const COMPLETE: &str = "Complete";
    pub const DISABLED: &str = "Disabled";
    /// Started, not ready yet, nothing wrong seen.
    pub const STARTING: &str = "Starting";
    /// An earlier stage isn't finished.
    pub const WAITING: &str = "Waiting";
    pub const IMAGE_UNAVAILABLE: &str = "ImageUnavailable";
    pub const UNSCHEDULABLE: &str = "Unschedulable";
    /// A volume can't be made.
    pub const NO_VOLUME: &str = "NoVolume";
    /// The cluster doesn't admit a pod, by a quota or a policy.
    pub const POD_REFUSED: &str = "PodRefused";
    /// A volume can't be made as large as asked for, or not yet.
    pub const VOLUME_TOO_SMALL: &str = "VolumeTooSmall";
    pub const CRASHING: &str = "Crashing";
    pub const BAD_CONFIGURATION: &str = "BadConfiguration";
    pub const FAILED: &str = "Failed";
    pub const SECRET_INVALID: &str = "SecretInvalid";
    pub const UNREACHABLE: &str = "Unreachable";
    pub const INVALID: &str = "Invalid";
    pub const APPLY_FAILED: &str = "ApplyFailed";
    pub const NAME_CONFLICT: &str = "NameConflict";
    /// The cluster lacks a kind that a field needs.
    pub const NOT_INSTALLED: &str = "NotInstalled";
    pub const PAUSED: &str = "Paused";
    pub const PROGRESSING: &str = "Progressing";
    /// A version waits until a person lets it go on.
    pub const AWAITS_APPROVAL: &str = "AwaitsApproval";
    /// Credentials are being replaced.
    pub const ROTATING: &str = "Rotating";
    /// A rollout failed, and what worked before runs again.
    pub const ROLLED_BACK: &str = "RolledBack";
    /// A rollout took the place of one that had failed.
    pub const SUPERSEDED: &str = "Superseded";
    pub const UNAVAILABLE: &str = "Unavailable";
}
