//! The same decisions in this process's memory, for when the cache is away. Replicas then count each for itself,
//! so the limits are looser, but there are limits.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::config::Rate;

/// More keys than this are not remembered: those at rest go first, then all.
const MAX_KEYS: usize = 50_000;

/// Token buckets by key.
#[derive(Default)]
pub struct Buckets(Mutex<HashMap<String, Bucket>>);

struct Bucket {
    tokens: f64,
    at: Instant,
    full_at: Instant,
}

impl Buckets {
    /// Takes a token of `key`, or tells how long until there is one.
    pub fn take(&self, key: String, rate: Rate, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut buckets, |bucket| bucket.full_at > now);
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: rate.burst, at: now, full_at: now });
        let gained = now.duration_since(bucket.at).as_secs_f64() * rate.per_second;
        bucket.tokens = (bucket.tokens + gained).min(rate.burst);
        bucket.at = now;
        let verdict = if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((1.0 - bucket.tokens) / rate.per_second))
        };
        bucket.full_at = now + Duration::from_secs_f64((rate.burst - bucket.tokens) / rate.per_second);
        verdict
    }
}

/// Counters by key that start anew when their window ends.
#[derive(Default)]
pub struct Windows(Mutex<HashMap<String, Window>>);

struct Window {
    count: u32,
    ends: Instant,
}

impl Windows {
    /// Counts one attempt against every `(key, most)`, or against none and tells how long until it may be made.
    pub fn attempt(&self, keys: &[(String, u32)], length: Duration, now: Instant) -> Result<(), Duration> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut windows, |window| window.ends > now);
        for (key, most) in keys {
            if let Some(window) = windows.get(key).filter(|window| window.ends > now && window.count >= *most)
            {
                return Err(window.ends - now);
            }
        }
        for (key, _) in keys {
            let window = windows.entry(key.clone()).or_insert(Window { count: 0, ends: now + length });
            if window.ends <= now {
                *window = Window { count: 0, ends: now + length };
            }
            window.count += 1;
        }
        Ok(())
    }

    /// Forgets the first window, and takes one attempt out of the second.
    pub fn forgive(&self, forgotten: &str, lessened: &str) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.remove(forgotten);
        if let Some(window) = windows.get_mut(lessened) {
            window.count = window.count.saturating_sub(1);
        }
    }
}

fn make_room<T>(map: &mut HashMap<String, T>, in_use: impl Fn(&T) -> bool) {
    if map.len() >= MAX_KEYS {
        map.retain(|_, value| in_use(value));
    }
    if map.len() >= MAX_KEYS {
        map.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 2.0, per_second: 0.5 };

    #[test]
    fn a_bucket_allows_its_burst_then_its_pace() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        let take = |key: &str, after: u64| buckets.take(key.into(), RATE, start + Duration::from_secs(after));
        assert_eq!((take("a", 0), take("a", 0)), (Ok(()), Ok(())));
        assert_eq!(take("a", 0), Err(Duration::from_secs(2)));
        assert_eq!(take("b", 0), Ok(()));
        assert_eq!((take("a", 2), take("a", 2)), (Ok(()), Err(Duration::from_secs(2))));
    }

    #[test]
    fn attempts_count_against_all_windows_or_none() {
        let (windows, start) = (Windows::default(), Instant::now());
        let minute = Duration::from_secs(60);
        let keys = |pair: &str| [(pair.to_owned(), 1), ("account".to_owned(), 2)];
        let attempt =
            |pair: &str, after| windows.attempt(&keys(pair), minute, start + Duration::from_secs(after));
        assert_eq!(attempt("a", 0), Ok(()));
        assert_eq!(attempt("a", 15), Err(Duration::from_secs(45)));
        assert_eq!(attempt("b", 20), Ok(()));
        assert_eq!(attempt("c", 30), Err(Duration::from_secs(30)));
        assert_eq!(attempt("c", 60), Ok(()));
        windows.forgive("c", "account");
        assert_eq!(attempt("c", 61), Ok(()));
    }

    #[test]
    fn what_was_forgiven_counts_against_nobody() {
        let (windows, now) = (Windows::default(), Instant::now());
        let keys = [("pair".to_owned(), 1), ("account".to_owned(), 2)];
        for _ in 0..5 {
            assert_eq!(windows.attempt(&keys, Duration::from_secs(60), now), Ok(()));
            windows.forgive("pair", "account");
        }
    }
}
