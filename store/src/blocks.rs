//! Who blocks and mutes whom. What that hides is said by the functions `blocks_between` and `blocks_or_mutes` of the
//! database, in the statements that read. The caller appends the events, then takes ended follows off the counters.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// The other side of a block.
#[derive(Debug, Clone, Copy)]
pub struct BlockedRow {
    pub id: i64,
    pub public_id: Uuid,
}

/// Blocks the account of this username; `None` if there is none. From then on, until the transaction ends, no follow
/// between the two can begin.
pub async fn insert(
    connection: &mut PgConnection,
    blocker: i64,
    username: &str,
) -> Result<Option<BlockedRow>, sqlx::Error> {
    sqlx::query_as!(
        BlockedRow,
        "with target as (select id, public_id from users where username = $2),
              made as (
                  insert into blocks (blocker_id, blocked_id) select $1, id from target on conflict do nothing
              )
         select id, public_id from target",
        blocker,
        username,
    )
    .fetch_optional(connection)
    .await
}

/// Ends the follows between two accounts, either way; the answer is who followed.
pub async fn end_follows(
    connection: &mut PgConnection,
    one: i64,
    other: i64,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from follows
         where follower_id = $1 and followed_id = $2 or follower_id = $2 and followed_id = $1
         returning follower_id",
        one,
        other,
    )
    .fetch_all(connection)
    .await
}

/// Ends blocking the account of this username; false if there is no such account.
pub async fn delete(
    executor: impl PgExecutor<'_>,
    blocker: i64,
    username: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "with target as (select id from users where username = $2),
              ended as (delete from blocks using target where blocker_id = $1 and blocked_id = target.id)
         select exists (select from target) as \"exists!\"",
        blocker,
        username,
    )
    .fetch_one(executor)
    .await
}

/// Mutes the account of this username; false if there is none that the muter may see.
pub async fn mute(executor: impl PgExecutor<'_>, muter: i64, username: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "with target as (
             select id from users u
             where username = $2 and not exists (select from blocks_between($1, u.id))
         ), made as (
             insert into mutes (muter_id, muted_id) select $1, id from target on conflict do nothing
         )
         select exists (select from target) as \"exists!\"",
        muter,
        username,
    )
    .fetch_one(executor)
    .await
}

/// Ends muting the account of this username; false if there is no such account.
pub async fn unmute(executor: impl PgExecutor<'_>, muter: i64, username: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "with target as (select id from users where username = $2),
              ended as (delete from mutes using target where muter_id = $1 and muted_id = target.id)
         select exists (select from target) as \"exists!\"",
        muter,
        username,
    )
    .fetch_one(executor)
    .await
}
