//! Writing accounts.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// What an account shows to everybody, as it is after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRow {
    pub id: i64,
    pub public_id: Uuid,
    pub username: String,
    pub name: String,
    pub bio: String,
    pub avatar: Option<String>,
    pub created: OffsetDateTime,
}

/// A new account.
pub struct NewUser<'a> {
    pub public_id: Uuid,
    pub username: &'a str,
    pub name: &'a str,
    pub email: &'a str,
    pub password_hash: &'a str,
}

pub async fn insert(connection: &mut PgConnection, user: NewUser<'_>) -> Result<ProfileRow, sqlx::Error> {
    let row = sqlx::query_as!(
        ProfileRow,
        "insert into users (public_id, username, name, email, password_hash) values ($1, $2, $3, $4, $5)
         returning id, public_id, username, name, bio, avatar, created",
        user.public_id,
        user.username,
        user.name,
        user.email,
        user.password_hash,
    )
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query!("insert into user_counters (user_id) values ($1)", row.id).execute(connection).await?;
    Ok(row)
}

/// The account as its owner may change it, locked until the transaction ends.
pub struct OwnProfileRow {
    pub username: String,
    pub name: String,
    pub email: String,
    pub bio: String,
    pub avatar: Option<String>,
}

pub async fn lock(connection: &mut PgConnection, user: i64) -> Result<Option<OwnProfileRow>, sqlx::Error> {
    sqlx::query_as!(
        OwnProfileRow,
        "select username, name, email, bio, avatar from users where id = $1 for no key update",
        user
    )
    .fetch_optional(connection)
    .await
}

pub async fn update_profile(
    connection: &mut PgConnection,
    user: i64,
    profile: &OwnProfileRow,
) -> Result<ProfileRow, sqlx::Error> {
    sqlx::query_as!(
        ProfileRow,
        "update users set username = $2, name = $3, email = $4, bio = $5, avatar = $6 where id = $1
         returning id, public_id, username, name, bio, avatar, created",
        user,
        profile.username,
        profile.name,
        profile.email,
        profile.bio,
        profile.avatar,
    )
    .fetch_one(connection)
    .await
}

/// Takes these pictures off every account that shows one; tells which accounts those were, as they are now.
pub async fn clear_avatars(
    connection: &mut PgConnection,
    filenames: &[String],
) -> Result<Vec<ProfileRow>, sqlx::Error> {
    sqlx::query_as!(
        ProfileRow,
        "update users set avatar = null where avatar = any($1)
         returning id, public_id, username, name, bio, avatar, created",
        filenames,
    )
    .fetch_all(connection)
    .await
}

/// Adds to an account's counters.
pub async fn add_to_counters(
    connection: &mut PgConnection,
    user: i64,
    posts: i64,
    likes: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update user_counters set posts = posts + $2, likes = likes + $3 where user_id = $1",
        user,
        posts,
        likes,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a deleted post off its author's counter and off those of everyone who liked it, locking in id order.
pub async fn uncount_post(
    connection: &mut PgConnection,
    author: i64,
    likers: &[i64],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with touched as materialized (
             select user_id from user_counters where user_id = $1 or user_id = any($2) order by user_id for update
         )
         update user_counters c
         set posts = posts - case when c.user_id = $1 then 1 else 0 end,
             likes = likes - case when c.user_id = any($2) then 1 else 0 end
         from touched where c.user_id = touched.user_id",
        author,
        likers,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds `delta` to what the follower follows and to the followed account's followers, locking in id order. Returns how
/// many followers that account then has.
pub async fn add_follow_to_counters(
    connection: &mut PgConnection,
    follower: i64,
    followed: i64,
    delta: i64,
) -> Result<i64, sqlx::Error> {
    let followers = sqlx::query_scalar!(
        "with pair as materialized (
             select user_id from user_counters where user_id in ($1, $2) order by user_id for update
         ), counted as (
             update user_counters c
             set following = following + case when c.user_id = $1 then $3::bigint else 0 end,
                 followers = followers + case when c.user_id = $2 then $3::bigint else 0 end
             from pair where c.user_id = pair.user_id
             returning c.user_id, c.followers
         )
         select followers from counted where user_id = $2",
        follower,
        followed,
        delta,
    )
    .fetch_optional(connection)
    .await?;
    Ok(followers.unwrap_or(0))
}
