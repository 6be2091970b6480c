//! Secrets: people's passwords and session tokens, and the tokens of programs.

use subtle::ConstantTimeEq;

use crate::config::Secret;

pub mod password;
pub mod strength;
pub mod token;

/// Whether `given` is one of the valid tokens. The time it takes tells nothing about them but their number.
pub fn is_one_of(given: &[u8], valid: &[Secret]) -> bool {
    let equal = |secret: &Secret| secret.reveal().as_bytes().ct_eq(given);
    valid.iter().map(equal).fold(0.into(), |found: subtle::Choice, this| found | this).into()
}
