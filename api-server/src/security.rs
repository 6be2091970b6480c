//! Secrets of people: passwords and session tokens.

pub mod password;
pub mod token;
