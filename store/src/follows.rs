//! Who follows whom.

use phasma_domain::{page::Cursor, user::CELEBRITY_FOLLOWERS};
use sqlx::{PgConnection, PgExecutor};

use crate::users::{UserRow, select_users};

/// Begins to follow; false if that was so already. Counters follow, and so does the celebrity latch.
pub async fn insert(
    connection: &mut PgConnection,
    follower: i64,
    followed: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into follows (follower_id, followed_id) values ($1, $2) on conflict do nothing",
        follower,
        followed
    )
    .execute(&mut *connection)
    .await?;
    let changed = done.rows_affected() == 1;
    if changed {
        count(connection, follower, followed, 1).await?;
        latch_celebrity(connection, followed).await?;
    }
    Ok(changed)
}

/// Ends to follow; false if that was so already.
pub async fn delete(
    connection: &mut PgConnection,
    follower: i64,
    followed: i64,
) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query!("delete from follows where follower_id = $1 and followed_id = $2", follower, followed)
            .execute(&mut *connection)
            .await?;
    let changed = done.rows_affected() == 1;
    if changed {
        count(connection, follower, followed, -1).await?;
    }
    Ok(changed)
}

/// Adds `change` to both sides' counters, locked in id order so that two follows crossing each other don't deadlock.
async fn count(
    connection: &mut PgConnection,
    follower: i64,
    followed: i64,
    change: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with locked as (
             select user_id from user_counters where user_id in ($1, $2) order by user_id for update
         )
         update user_counters
         set following = following + case when user_counters.user_id = $1 then $3::bigint else 0 end,
             followers = followers + case when user_counters.user_id = $2 then $3::bigint else 0 end
         from locked where locked.user_id = user_counters.user_id",
        follower,
        followed,
        change,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn latch_celebrity(connection: &mut PgConnection, user: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update users set is_celebrity = true
         from user_counters
         where users.id = $1 and user_counters.user_id = users.id
           and not is_celebrity and followers > $2",
        user,
        CELEBRITY_FOLLOWERS,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Who follows `user`, the newest follow first.
pub async fn list_followers(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    user: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<UserRow>, sqlx::Error> {
    select_users!(
        "select follower_id as user_id, follows.created as listed
         from follows join users on users.id = follows.follower_id
         where followed_id = $2 and follows.created <= $3 and (follows.created, users.public_id) < ($3, $4)
         order by follows.created desc, users.public_id desc limit $5",
        viewer,
        user,
        after.created,
        after.id,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// Whom `user` follows, the newest follow first.
pub async fn list_following(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    user: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<UserRow>, sqlx::Error> {
    select_users!(
        "select followed_id as user_id, follows.created as listed
         from follows join users on users.id = follows.followed_id
         where follower_id = $2 and follows.created <= $3 and (follows.created, users.public_id) < ($3, $4)
         order by follows.created desc, users.public_id desc limit $5",
        viewer,
        user,
        after.created,
        after.id,
        limit,
    )
    .fetch_all(executor)
    .await
}
