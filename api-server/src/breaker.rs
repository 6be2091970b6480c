//! A circuit breaker before the database: while it is away, requests are told so at once instead of each waiting for
//! a connection, and the database is not met by all of them when it comes back.
//!
//! It opens when at least [`FAILURES`] requests of one window, and no fewer than half of them, failed for want of the
//! database. While it is open, one request every [`PAUSE`] asks the database whether it is back.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Fewer failures than this are bad luck.
const FAILURES: u32 = 5;
/// Outcomes are counted for so long.
const WINDOW: Duration = Duration::from_secs(5);
/// Between two looks at a database that is away.
const PAUSE: Duration = Duration::from_millis(500);

/// Shared by all requests.
#[derive(Debug)]
pub struct Breaker(Mutex<State>);

#[derive(Debug)]
enum State {
    Closed {
        since: Instant,
        outcomes: u32,
        failures: u32,
    },
    /// `next` is when a request may look again.
    Open {
        next: Instant,
    },
}

/// What a request may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Pass,
    /// Look whether the database is back, and tell by [`Breaker::close`].
    Probe,
    Refuse,
}

impl State {
    fn closed(now: Instant) -> Self {
        Self::Closed { since: now, outcomes: 0, failures: 0 }
    }
}

impl Default for Breaker {
    fn default() -> Self {
        Self(Mutex::new(State::closed(Instant::now())))
    }
}

impl Breaker {
    /// Asked before the work of a request.
    pub fn admit(&self, now: Instant) -> Admission {
        match &mut *self.state() {
            State::Closed { .. } => Admission::Pass,
            State::Open { next } if *next > now => Admission::Refuse,
            State::Open { next } => {
                *next = now + PAUSE;
                Admission::Probe
            }
        }
    }

    /// Told after it. The answer is whether this one opened the breaker.
    pub fn record(&self, failed: bool, now: Instant) -> bool {
        let mut state = self.state();
        let State::Closed { since, outcomes, failures } = &mut *state else { return false };
        if now.duration_since(*since) > WINDOW {
            (*since, *outcomes, *failures) = (now, 0, 0);
        }
        *outcomes += 1;
        *failures += u32::from(failed);
        let opens = *failures >= FAILURES && *failures * 2 >= *outcomes;
        if opens {
            *state = State::Open { next: now + PAUSE };
        }
        opens
    }

    /// The database is back.
    pub fn close(&self, now: Instant) {
        *self.state() = State::closed(now);
    }

    pub fn is_open(&self) -> bool {
        matches!(*self.state(), State::Open { .. })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(breaker: &Breaker, times: u32, now: Instant) {
        for _ in 0..times {
            breaker.record(true, now);
        }
    }

    #[test]
    fn a_few_failures_or_a_few_among_many_leave_it_closed() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        failing(&breaker, FAILURES - 1, now);
        assert_eq!(breaker.admit(now), Admission::Pass);
        for _ in 0..100 {
            breaker.record(false, now);
        }
        failing(&breaker, 50, now);
        assert!(!breaker.is_open());
        failing(&breaker, FAILURES - 1, now + WINDOW * 2);
        assert!(!breaker.is_open(), "failures of an earlier window counted");
    }

    #[test]
    fn while_open_one_request_a_pause_looks_and_the_others_are_refused() {
        let (breaker, mut now) = (Breaker::default(), Instant::now());
        failing(&breaker, FAILURES, now);
        assert_eq!(breaker.admit(now), Admission::Refuse);
        for _ in 0..3 {
            now += PAUSE;
            assert_eq!(breaker.admit(now), Admission::Probe);
            assert_eq!(breaker.admit(now), Admission::Refuse);
        }
        // Late answers of requests from before change nothing.
        breaker.record(false, now);
        assert!(breaker.is_open());
        breaker.close(now);
        assert_eq!(breaker.admit(now), Admission::Pass);
    }
}
