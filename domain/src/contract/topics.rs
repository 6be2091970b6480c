//! Kafka topics, consumer groups and record headers.

/// Users, posts, hashtags, deletions, released media; key = the entity's id.
pub const ENTITY_CHANGES: &str = "entity-changes";
/// Likes and comments keyed by recipient, follows keyed by follower.
pub const ACTIVITY: &str = "activity";
/// Suffix of the topic that takes records which can never be processed.
pub const DEAD_LETTERS_SUFFIX: &str = ".dead-letters";

/// The topics that carry events.
pub const EVENTS: [&str; 2] = [ENTITY_CHANGES, ACTIVITY];

/// Partitions of every event topic. Never changes: keys would move.
pub const PARTITIONS: i32 = 12;

/// Consumer groups.
pub const GROUP_FEED: &str = "feed";
pub const GROUP_NOTIFICATIONS: &str = "notifications";
pub const GROUP_SEARCH_SYNC: &str = "search-sync";
pub const GROUP_BLOB_CLEANUP: &str = "blob-cleanup";

/// Record headers: CloudEvents 1.0 in binary mode, and the outbox's sequence number.
pub mod headers {
    pub const ID: &str = "ce_id";
    pub const TYPE: &str = "ce_type";
    pub const SOURCE: &str = "ce_source";
    pub const SPEC_VERSION: &str = "ce_specversion";
    pub const TIME: &str = "ce_time";
    pub const SUBJECT: &str = "ce_subject";
    pub const SEQ: &str = "seq";
}

/// `name` with the installation's prefix and, for dead letters, the suffix.
pub fn dead_letters(topic: &str) -> String {
    format!("{topic}{DEAD_LETTERS_SUFFIX}")
}
