//! Publish and subscribe in the cache.

/// Hints for connected viewers: something of theirs changed, read it from PostgreSQL.
pub const LIVE: &str = "phasma:live";
