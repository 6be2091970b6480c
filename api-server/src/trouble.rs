//! What an error of the database says about the database, and about trying again.

use sqlx::error::DatabaseError;

/// Trouble with the database, not with the statement. It travels with the answer, as an extension, to the middleware
/// that repeats requests and guards the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// For certain, nothing was changed, and the same request may well succeed at once.
    pub repeatable: bool,
    /// The database, or the way to it, is down or full.
    pub outage: bool,
}

impl Trouble {
    /// Two transactions were in each other's way, and this one was taken back.
    const CONFLICT: Self = Self { repeatable: true, outage: false };
    /// The connection broke. Whatever it did was not committed.
    const LOST: Self = Self { repeatable: true, outage: true };
    /// There is no connection to be had, and that was waited for.
    const AWAY: Self = Self { repeatable: false, outage: true };
    /// The statement took longer than any should.
    const SLOW: Self = Self { repeatable: false, outage: false };

    /// The trouble that `error` tells of, if it is one.
    pub fn of(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Some(Self::LOST),
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Some(Self::AWAY),
            sqlx::Error::Database(error) => of_code(error.as_ref()),
            _ => None,
        }
    }
}

/// By SQLSTATE.
fn of_code(error: &dyn DatabaseError) -> Option<Trouble> {
    let code = error.code()?;
    match code.as_ref() {
        "40001" | "40P01" => Some(Trouble::CONFLICT),
        // Ended by an administrator, a crash, or a shutdown; starting up.
        "57P01" | "57P02" | "57P03" => Some(Trouble::LOST),
        "57014" => Some(Trouble::SLOW),
        code if code.starts_with("08") => Some(Trouble::LOST),
        code if code.starts_with("53") || code.starts_with("57") => Some(Trouble::AWAY),
        _ => None,
    }
}
