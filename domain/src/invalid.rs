//! The one error of parsing: which field was refused, and what to do about it, in words a person can act on.

/// A value that breaks an invariant. `Display` is safe to show to the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// Name of the field as the API spells it.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Invalid {
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

/// Counts Unicode code points, the unit of every length limit in the contract.
pub(crate) fn length(text: &str) -> usize {
    text.chars().count()
}
