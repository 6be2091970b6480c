//! Sessions: how long they live.

use time::{Duration, OffsetDateTime};

/// A session dies this long after its last use …
pub const SLIDING: Duration = Duration::days(7);
/// … and this long after its start, however much it is used.
pub const ABSOLUTE: Duration = Duration::days(30);
/// How exactly it is known when a session was last used: noting it on every request would be a write on each.
pub const NOTED: Duration = Duration::hours(1);
/// At most this many live sessions per account; the oldest go first.
pub const MAX_PER_USER: i64 = 100;
/// Name of the session cookie between the frontend and the API.
pub const COOKIE: &str = "session";

/// When a session that is used at `now` expires: a sliding week, never past the absolute limit.
pub fn expiry(created: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
    (now + SLIDING).min(created + ABSOLUTE)
}

/// The new expiry of a session used at `now`, or `None` while it isn't worth a write: only in the inner half of
/// its sliding life, and only if that moves it.
pub fn refreshed(
    created: OffsetDateTime,
    expires: OffsetDateTime,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let due = expires - now < SLIDING / 2;
    let next = expiry(created, now);
    (due && next > expires).then_some(next)
}

/// Whether a use at `now` is worth noting, the last noted one being `last_used`.
pub fn is_worth_noting(last_used: OffsetDateTime, now: OffsetDateTime) -> bool {
    now - last_used >= NOTED
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn a_session_slides_but_not_past_thirty_days() {
        assert_eq!(expiry(START, START), START + SLIDING);
        assert_eq!(expiry(START, START + Duration::days(29)), START + ABSOLUTE);
    }

    #[test]
    fn its_use_is_noted_once_an_hour() {
        assert!(!is_worth_noting(START, START + Duration::minutes(59)));
        assert!(is_worth_noting(START, START + NOTED));
    }

    #[test]
    fn it_is_refreshed_only_in_the_inner_half_and_only_forward() {
        let expires = START + SLIDING;
        assert_eq!(refreshed(START, expires, START + Duration::days(1)), None);
        let later = START + Duration::days(5);
        assert_eq!(refreshed(START, expires, later), Some(later + SLIDING));
        assert_eq!(refreshed(START, START + ABSOLUTE, START + Duration::days(29)), None);
    }
}
