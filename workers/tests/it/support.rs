//! What every test stands on.

mod installation;
mod people;
mod role;
mod topics;

use std::time::Duration;

use tokio::time::{Instant, sleep};

pub(crate) use installation::{Installation, PARTITIONS};
pub(crate) use people::{People, Person};
pub(crate) use role::{Role, free_address, job};
pub(crate) use topics::{Record, Topics, client};

/// Nothing here takes this long unless it never happens.
const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until `look` finds something.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {} s in vain: {what}", DEADLINE.as_secs());
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until `look` is true.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut look: impl FnMut() -> F) {
    eventually(what, || {
        let looked = look();
        async { looked.await.then_some(()) }
    })
    .await;
}
