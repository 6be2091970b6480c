//! What a database error means for a batch.

use sqlx::{Error, error::DatabaseError};

/// What to do about a failed effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The database is away, busy, or another transaction was in the way: try again, for ever.
    Retry,
    /// The data can't be processed, ever.
    Poison,
}

/// Effects take rows from rows that exist, so a violated foreign key means that something was deleted at that very
/// moment: the next try no longer sees it. Only bad values stay bad.
pub fn classify(error: &Error) -> Outcome {
    const DATA_EXCEPTION: &str = "22";
    const CHECK_VIOLATION: &str = "23514";
    let code = error.as_database_error().and_then(DatabaseError::code);
    match (error, code) {
        (_, Some(code)) if code.starts_with(DATA_EXCEPTION) || code == CHECK_VIOLATION => Outcome::Poison,
        (Error::Encode(_) | Error::ColumnDecode { .. } | Error::Decode(_), _) => Outcome::Poison,
        _ => Outcome::Retry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_are_waited_out_and_bad_values_are_not() {
        assert_eq!(classify(&Error::PoolTimedOut), Outcome::Retry);
        assert_eq!(classify(&Error::PoolClosed), Outcome::Retry);
        assert_eq!(classify(&Error::Encode("nul in text".into())), Outcome::Poison);
    }
}
