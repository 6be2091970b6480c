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

/// Ends following the account of this username; `None` if there is none that the follower may see.
pub async fn delete(
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
