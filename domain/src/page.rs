//! Keyset pagination: a cursor names the last row seen, so pages stay stable while rows are inserted.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use time::{OffsetDateTime, UtcOffset, macros::datetime, serde::rfc3339};
use uuid::Uuid;

/// Page size when none is asked for, and the largest served.
pub const DEFAULT_LIMIT: i64 = 10;
pub const MAX_LIMIT: i64 = 50;

/// The place after which a page starts, in the order (created, id) descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(serialize_with = "rfc3339::serialize", deserialize_with = "in_utc")]
    pub created: OffsetDateTime,
    pub id: Uuid,
}

/// Moves the time to UTC, or refuses one that has no year of four digits there: clients write cursors, too.
fn in_utc<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
    let time = rfc3339::deserialize(deserializer)?;
    let time = time.checked_to_offset(UtcOffset::UTC).filter(|time| time.year() >= 0);
    time.ok_or_else(|| D::Error::custom("out of range"))
}

impl Cursor {
    /// Before every row: where the first page starts. Every statement can then compare, none needs a case for it.
    pub const START: Self = Self { created: datetime!(9999-12-31 00:00 UTC), id: Uuid::max() };
}

/// The asked limit within bounds.
pub fn clamp_limit(limit: Option<i64>) -> i64 {
    limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
}

/// Turns `limit + 1` fetched rows into a page of `limit`, and tells the last row's place if there are more.
pub fn cut<T>(mut rows: Vec<T>, limit: i64, place: impl Fn(&T) -> Cursor) -> (Vec<T>, Option<Cursor>) {
    let limit = usize::try_from(limit).unwrap_or(0);
    if rows.len() <= limit {
        return (rows, None);
    }
    rows.truncate(limit);
    let next = rows.last().map(place);
    (rows, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(n: &u8) -> Cursor {
        Cursor { created: OffsetDateTime::UNIX_EPOCH, id: Uuid::from_u128(u128::from(*n)) }
    }

    #[test]
    fn limits_are_clamped() {
        assert_eq!([None, Some(0), Some(7), Some(500)].map(clamp_limit), [10, 1, 7, 50]);
    }

    #[test]
    fn a_full_page_names_its_last_row_and_a_short_one_ends() {
        assert_eq!(cut(vec![1, 2, 3], 2, place), (vec![1, 2], Some(place(&2))));
        assert_eq!(cut(vec![1, 2], 2, place), (vec![1, 2], None));
    }
}
