//! Uids of the scoped keys in Meilisearch. A key is the HMAC-SHA256 of its uid under the master key, in hexadecimal,
//! so who knows master key and uid knows it before the store is up.

/// The API's key: searches only.
pub const API: &str = "5b2bb566-32d8-4e66-9f15-9dc3f029666d";
/// Redpanda Connect's key: adds and deletes documents.
pub const DOCUMENTS: &str = "55e0341e-0b5c-490f-b06a-8493806f5ebe";
