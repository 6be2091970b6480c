//! Pause after a failed pass: per resource, doubling from 1 s to 5 min, with jitter; forgotten after a good pass.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::gauge;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

#[derive(Default)]
pub(super) struct Backoff(Mutex<HashMap<String, u32>>);

impl Backoff {
    /// Counts a failure and tells how long to wait.
    pub(super) fn failed(&self, key: &str) -> Duration {
        let mut failures = self.failures();
        let count = failures.entry(key.to_owned()).or_default();
        let pause = pause(*count);
        *count = count.saturating_add(1);
        Self::report(failures.len());
        pause.mul_f64(rand::random_range(0.8..1.2))
    }

    /// The resource is well, or gone.
    pub(super) fn forget(&self, key: &str) {
        let mut failures = self.failures();
        failures.remove(key);
        Self::report(failures.len());
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report(count: usize) {
        gauge!("phasma_operator_resources_in_backoff").set(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

fn pause(failures: u32) -> Duration {
    FIRST.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_start_anew() {
        assert_eq!(pause(0), FIRST);
        assert_eq!(pause(3), FIRST * 8);
        assert_eq!(pause(u32::MAX), LONGEST);
        let backoff = Backoff::default();
        for _ in 0..5 {
            backoff.failed("a/b");
        }
        assert!(backoff.failed("a/b") > FIRST * 10);
        backoff.forget("a/b");
        assert!(backoff.failed("a/b") < FIRST * 2);
    }
}
