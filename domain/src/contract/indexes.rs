//! Search indexes.

pub const USERS: &str = "users";
pub const POSTS: &str = "posts";
pub const HASHTAGS: &str = "hashtags";

/// Every index, in the order they are provisioned.
pub const ALL: [&str; 3] = [USERS, POSTS, HASHTAGS];
