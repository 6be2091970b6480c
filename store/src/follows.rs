//! Who follows whom. The caller appends the event, then adds to the counters.

use sqlx::PgConnection;
use uuid::Uuid;

/// The other side of a follow, and whether anything changed.
#[derive(Debug, Clone)]
pub struct FollowRow {
    pub followed_id: i64,
    pub followed_public_id: Uuid,
    pub changed: bool,
}

/// Follows the account of this username; `None` if there is none that the follower may see.
pub async fn insert(
    connection: &mut PgConnection,
    follower: i64,
    username: &str,
) -> Result<Option<FollowRow>, sqlx::Error> {
    sqlx::query_as!(
        FollowRow,
        "with target as (
                  select id, public_id from users u
                  where username = $2 and not exists (select from blocks_between($1, u.id))
              ),
              made as (
                  insert into follows (follower_id, followed_id) select $1, id from target
                  on conflict do nothing returning followed_id
              )
         select id as followed_id, public_id as followed_public_id, exists (select from made) as \"changed!\"
         from target",
        follower,
        username,
    )
    .fetch_optional(connection)
    .await
}

/// Ends following the account of this username; `None` if there is none that the follower may see. The counters are
/// locked first, as [`latch_celebrity`] finds them: it marks follows while it holds them.
pub async fn delete(
    connection: &mut PgConnection,
    follower: i64,
    username: &str,
) -> Result<Option<FollowRow>, sqlx::Error> {
    sqlx::query!(
        "select user_id from user_counters
         where user_id = $1 or user_id = (select id from users where username = $2)
         order by user_id for update",
        follower,
        username,
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query_as!(
        FollowRow,
        "with target as (
                  select id, public_id from users u
                  where username = $2 and not exists (select from blocks_between($1, u.id))
              ),
              ended as (
                  delete from follows using target
                  where follower_id = $1 and followed_id = target.id returning followed_id
              )
         select id as followed_id, public_id as followed_public_id, exists (select from ended) as \"changed!\"
         from target",
        follower,
        username,
    )
    .fetch_optional(connection)
    .await
}

/// Marks a new follow if it is one of a celebrity; the answer tells whether it is. Call it when the followed account's
/// counters are locked: then no latch goes on beside it.
pub async fn mark_if_celebrity(
    connection: &mut PgConnection,
    follower: i64,
    followed: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update follows f set of_celebrity = true
         from users u
         where f.follower_id = $1 and f.followed_id = $2 and u.id = f.followed_id and u.is_celebrity",
        follower,
        followed,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Makes the account a celebrity for ever and marks all who follow it: from the commit on its posts are read at query
/// time, and what was fanned out of them before is passed over. Call it when the account's counters are locked.
pub async fn latch_celebrity(connection: &mut PgConnection, followed: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with latched as (update users set is_celebrity = true where id = $1)
         update follows set of_celebrity = true where followed_id = $1 and not of_celebrity",
        followed,
    )
    .execute(connection)
    .await?;
    Ok(())
}
