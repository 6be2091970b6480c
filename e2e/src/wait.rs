//! Waiting for a condition instead of a time.

use std::{
    fmt::Debug,
    future::Future,
    time::{Duration, Instant},
};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks until `look` finds something, and fails with what it saw last once `limit` has passed.
///
/// How long it took is printed. `look` returns `Ok` with the value waited for, or `Err` with what it saw instead.
#[expect(clippy::print_stdout, reason = "the runner shows a test's output beside its result")]
pub async fn until<T, E, F>(what: &str, limit: Duration, mut look: impl FnMut() -> F) -> T
where
    E: Debug,
    F: Future<Output = Result<T, E>>,
{
    let start = Instant::now();
    loop {
        let seen = match look().await {
            Ok(value) => {
                println!("{what}: after {:?}", start.elapsed());
                return value;
            }
            Err(seen) => seen,
        };
        assert!(start.elapsed() < limit, "{what}: not within {limit:?}; last seen: {seen:?}");
        tokio::time::sleep(PAUSE).await;
    }
}
