//! Erasing an account, in steps that each take a bounded number of rows along and leave all counters right. What
//! hangs on the account and is counted nowhere goes with its row.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// The account's newest post, or `None` when there are no more.
pub async fn next_post(executor: impl PgExecutor<'_>, user: i64) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select public_id from posts where user_id = $1 order by created desc, public_id desc limit 1",
        user,
    )
    .fetch_optional(executor)
    .await
}

/// Takes back at most `limit` likes the account gave; returns how many.
pub async fn take_back_likes(
    connection: &mut PgConnection,
    user: i64,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let posts = sqlx::query_scalar!(
        "delete from likes where user_id = $1 and post_id in (
             select post_id from likes where user_id = $1 order by post_id limit $2
         )
         returning post_id",
        user,
        limit,
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "with post as materialized (
             select post_id from post_counters where post_id = any($1) order by post_id for update
         )
         update post_counters c set likes = likes - 1 from post where c.post_id = post.post_id",
        &posts,
    )
    .execute(&mut *connection)
    .await?;
    let taken = posts.len() as u64;
    sqlx::query!("update user_counters set likes = likes - $2 where user_id = $1", user, posts.len() as i64)
        .execute(connection)
        .await?;
    Ok(taken)
}

/// Deletes at most `limit` comments the account wrote; returns how many.
pub async fn delete_comments(
    connection: &mut PgConnection,
    user: i64,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let posts = sqlx::query_scalar!(
        "delete from comments where id in (select id from comments where user_id = $1 order by id limit $2)
         returning post_id",
        user,
        limit,
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "with post as materialized (
             select post_id from post_counters where post_id = any($1) order by post_id for update
         ), gone as (
             select post_id, count(*) as comments from unnest($1::bigint[]) as post_id group by post_id
         )
         update post_counters c set comments = c.comments - gone.comments
         from post join gone using (post_id) where c.post_id = post.post_id",
        &posts,
    )
    .execute(connection)
    .await?;
    Ok(posts.len() as u64)
}

/// Ends at most `limit` follows of the account and as many by it; returns how many.
pub async fn end_follows(connection: &mut PgConnection, user: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let followers = sqlx::query_scalar!(
        "delete from follows where followed_id = $1 and follower_id in (
             select follower_id from follows where followed_id = $1 order by follower_id limit $2
         )
         returning follower_id",
        user,
        limit,
    )
    .fetch_all(&mut *connection)
    .await?;
    let followed = sqlx::query_scalar!(
        "delete from follows where follower_id = $1 and followed_id in (
             select followed_id from follows where follower_id = $1 order by followed_id limit $2
         )
         returning followed_id",
        user,
        limit,
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "with touched as materialized (
             select user_id from user_counters
             where user_id = $1 or user_id = any($2) or user_id = any($3) order by user_id for update
         )
         update user_counters c
         set following = following - case when c.user_id = $1 then cardinality($3::bigint[])
                                          when c.user_id = any($2) then 1 else 0 end,
             followers = followers - case when c.user_id = $1 then cardinality($2::bigint[])
                                          when c.user_id = any($3) then 1 else 0 end
         from touched where c.user_id = touched.user_id",
        user,
        &followers,
        &followed,
    )
    .execute(connection)
    .await?;
    Ok((followers.len() + followed.len()) as u64)
}

/// Deletes at most `limit` notifications to the account and as many of its acts; returns how many.
pub async fn delete_notifications(
    executor: impl PgExecutor<'_>,
    user: i64,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from notifications where id in (
             (select id from notifications where user_id = $1 limit $2)
             union all
             (select id from notifications where actor_id = $1 limit $2)
         )",
        user,
        limit,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Deletes at most `limit` rows of the account's feed; returns how many.
pub async fn delete_feed(executor: impl PgExecutor<'_>, user: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from feed where user_id = $1 and (created, post_id) in (
             select created, post_id from feed where user_id = $1 limit $2
         )",
        user,
        limit,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// What the account's row still leads to.
#[derive(Debug, Clone)]
pub struct LastRow {
    pub public_id: Uuid,
    pub password_hash: String,
    /// Pictures that no post shows: the avatar and pending uploads.
    pub filenames: Vec<String>,
}

/// Locks the account so that nothing can begin to hang on it any more; `None` if it is gone.
pub async fn lock(connection: &mut PgConnection, user: i64) -> Result<Option<LastRow>, sqlx::Error> {
    sqlx::query!("select id from users where id = $1 for update", user)
        .fetch_optional(&mut *connection)
        .await?;
    sqlx::query_as!(
        LastRow,
        "select public_id, password_hash,
                array(select filename from uploads where user_id = $1
                      union select avatar from users where id = $1 and avatar is not null) as \"filenames!\"
         from users where id = $1",
        user,
    )
    .fetch_optional(connection)
    .await
}

/// Deletes a locked account's row, with sessions and whatever else is left.
pub async fn delete(connection: &mut PgConnection, user: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from users where id = $1", user).execute(connection).await?;
    Ok(())
}
