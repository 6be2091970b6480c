//! Reading accounts, always as one viewer sees them.

use phasma_domain::page::Cursor;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// An account with its counters, as the viewer sees it.
#[derive(Debug, Clone)]
pub struct UserRow {
    pub id: i64,
    pub public_id: Uuid,
    pub username: String,
    pub name: String,
    pub email: String,
    pub avatar: Option<String>,
    pub bio: String,
    pub created: OffsetDateTime,
    pub posts: i64,
    pub likes: i64,
    pub followers: i64,
    pub following: i64,
    pub is_self: bool,
    pub is_following: bool,
    pub is_muted: bool,
    /// Accounts the biography mentions.
    pub mentioned: Vec<String>,
    /// Its place in the list it was read from.
    pub listed: OffsetDateTime,
}

impl UserRow {
    pub fn place(&self) -> Cursor {
        Cursor { created: self.listed, id: self.public_id }
    }
}

/// Reads the accounts of a page. `$page` selects (id, at, position); `$1` is the viewer.
macro_rules! user_page {
    ($page:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            UserRow,
            "with page as materialized (" + $page + ")
             select u.id, u.public_id, u.username, u.name, u.email, u.avatar, u.bio, u.created,
                    c.posts, c.likes, c.followers, c.following,
                    coalesce(u.id = $1, false) as \"is_self!\",
                    coalesce(followed.yes, false) as \"is_following!\",
                    coalesce(muted.yes, false) as \"is_muted!\",
                    mentioned_accounts(u.bio) as \"mentioned!\",
                    page.at as \"listed!\"
             from page
             join users u on u.id = page.id
             join user_counters c on c.user_id = u.id
             left join lateral (
                 select true as yes from follows f where f.follower_id = $1 and f.followed_id = u.id limit 1
             ) followed on true
             left join lateral (
                 select true as yes from mutes x where x.muter_id = $1 and x.muted_id = u.id limit 1
             ) muted on true
             order by page.position",
            $($argument),*
        )
    };
}

/// The account of this username.
pub async fn find_by_username(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    username: &str,
) -> Result<Option<UserRow>, sqlx::Error> {
    user_page!(
        "select u.id, u.created as at, 1::bigint as position from users u
         where u.username = $2 and not exists (select from blocks_between($1, u.id))",
        viewer,
        username
    )
    .fetch_optional(executor)
    .await
}

/// The viewer's own account.
pub async fn find_self(executor: impl PgExecutor<'_>, viewer: i64) -> Result<Option<UserRow>, sqlx::Error> {
    user_page!("select id, created as at, 1::bigint as position from users where id = $1", Some(viewer))
        .fetch_optional(executor)
        .await
}

/// Who follows the account with key `user`, the newest first.
pub async fn list_followers(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    username: &str,
    after: Cursor,
    limit: i64,
) -> Result<Vec<UserRow>, sqlx::Error> {
    user_page!(
        "select f.follower_id as id, f.created as at,
                row_number() over (order by f.created desc, f.follower_id desc) as position
         from follows f
         where f.followed_id = (
                   select id from users u where username = $2 and not exists (select from blocks_between($1, u.id))
               )
           and not exists (select from blocks_between($1, f.follower_id))
           and f.created <= $3
           and (f.created < $3 or f.follower_id < (select id from users where public_id = $4))
         order by f.created desc, f.follower_id desc limit $5",
        viewer,
        username,
        after.created,
        after.id,
        limit
    )
    .fetch_all(executor)
    .await
}

/// Whom the account follows, the newest first.
pub async fn list_following(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    username: &str,
    after: Cursor,
    limit: i64,
) -> Result<Vec<UserRow>, sqlx::Error> {
    user_page!(
        "select f.followed_id as id, f.created as at,
                row_number() over (order by f.created desc, f.followed_id desc) as position
         from follows f
         where f.follower_id = (
                   select id from users u where username = $2 and not exists (select from blocks_between($1, u.id))
               )
           and not exists (select from blocks_between($1, f.followed_id))
           and f.created <= $3
           and (f.created < $3 or f.followed_id < (select id from users where public_id = $4))
         order by f.created desc, f.followed_id desc limit $5",
        viewer,
        username,
        after.created,
        after.id,
        limit
    )
    .fetch_all(executor)
    .await
}

/// Whom the viewer blocks, the newest block first.
pub async fn list_blocked(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<UserRow>, sqlx::Error> {
    user_page!(
        "select b.blocked_id as id, b.created as at,
                row_number() over (order by b.created desc, b.blocked_id desc) as position
         from blocks b
         where b.blocker_id = $1
           and b.created <= $2
           and (b.created < $2 or b.blocked_id < (select id from users where public_id = $3))
         order by b.created desc, b.blocked_id desc limit $4",
        Some(viewer),
        after.created,
        after.id,
        limit
    )
    .fetch_all(executor)
    .await
}

/// Accounts worth following: with followers or posts, most followed first, none the viewer follows already, blocks or
/// mutes, and none that is suspended.
pub async fn list_suggested(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    limit: i64,
) -> Result<Vec<UserRow>, sqlx::Error> {
    user_page!(
        "select c.user_id as id, now() as at,
                row_number() over (order by c.followers desc, c.posts desc, c.user_id) as position
         from user_counters c
         where (c.followers > 0 or c.posts > 0) and c.user_id <> $1
           and not exists (select from follows f where f.follower_id = $1 and f.followed_id = c.user_id)
           and not exists (select from users s where s.id = c.user_id and s.suspended is not null)
           and not exists (select from blocks_or_mutes($1, c.user_id))
         order by c.followers desc, c.posts desc, c.user_id limit $2",
        viewer,
        limit
    )
    .fetch_all(executor)
    .await
}

/// Whether there is an account of this name that the viewer may see.
pub async fn exists(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    username: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (
             select from users u where username = $2 and not exists (select from blocks_between($1, u.id))
         ) as \"exists!\"",
        viewer,
        username,
    )
    .fetch_one(executor)
    .await
}

/// What logging in needs.
#[derive(Debug, Clone)]
pub struct CredentialsRow {
    pub id: i64,
    pub username: String,
    pub password_hash: String,
}

pub async fn find_credentials(
    executor: impl PgExecutor<'_>,
    email: &str,
) -> Result<Option<CredentialsRow>, sqlx::Error> {
    sqlx::query_as!(CredentialsRow, "select id, username, password_hash from users where email = $1", email)
        .fetch_optional(executor)
        .await
}

/// The stored hash of the account's password.
pub async fn find_password_hash(
    executor: impl PgExecutor<'_>,
    user: i64,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select password_hash from users where id = $1", user).fetch_optional(executor).await
}

/// Whether the picture belongs to a post of this account.
pub async fn owns_picture(
    executor: impl PgExecutor<'_>,
    user: i64,
    filename: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (
             select from post_media m join posts p on p.id = m.post_id where m.filename = $2 and p.user_id = $1
         ) as \"owns!\"",
        user,
        filename,
    )
    .fetch_one(executor)
    .await
}
