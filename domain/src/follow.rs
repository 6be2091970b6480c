//! Following: what a new follow brings into the follower's feed.

/// A new follow brings this many of the followed account's newest posts into the feed.
pub const BACKFILL_POSTS: i64 = 50;
/// A feed keeps its newest rows up to this many per user.
pub const FEED_MAX_ROWS: i64 = 1_000;
