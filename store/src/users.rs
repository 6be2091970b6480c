//! Accounts: making, finding, changing them, and lists of them as cards.

use phasma_domain::page::Cursor;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

/// A new account, already validated.
#[derive(Debug)]
pub struct NewUser<'a> {
    pub public_id: Uuid,
    pub username: &'a str,
    pub name: &'a str,
    pub email: &'a str,
    pub password_hash: &'a str,
}

/// What logging in and changing a password need.
#[derive(Debug)]
pub struct CredentialsRow {
    pub id: i64,
    pub public_id: Uuid,
    pub username: String,
    pub password_hash: String,
}

/// An account as a viewer sees it. `email` is filled for the viewer's own account alone.
#[derive(Debug, Clone)]
pub struct UserRow {
    pub id: i64,
    pub public_id: Uuid,
    pub username: String,
    pub name: String,
    pub email: Option<String>,
    pub avatar: Option<String>,
    pub bio: String,
    pub posts: i64,
    pub likes: i64,
    pub followers: i64,
    pub following: i64,
    pub is_following: bool,
    pub created: OffsetDateTime,
    /// Moment that orders the list this row came from.
    pub listed: OffsetDateTime,
}

impl UserRow {
    /// The row's place in its list.
    pub fn place(&self) -> Cursor {
        Cursor { created: self.listed, id: self.public_id }
    }
}

/// What is searched and indexed of an account.
#[derive(Debug, Clone)]
pub struct ProfileRow {
    pub public_id: Uuid,
    pub username: String,
    pub name: String,
    pub bio: String,
    pub avatar: Option<String>,
    pub created: OffsetDateTime,
}

/// A row of the typeahead.
#[derive(Debug)]
pub struct UserHintRow {
    pub username: String,
    pub name: String,
    pub avatar: Option<String>,
}

/// Cards of the accounts that `$page` lists, which must yield `user_id` and `listed`; `$1` is the viewer or null.
macro_rules! select_users {
    ($page:literal, $viewer:expr $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            UserRow,
            "with page as (" + $page + ")
             select users.id, users.public_id, users.username, users.name, users.avatar, users.bio, users.created,
                    case when users.id = $1 then users.email end as email,
                    counters.posts, counters.followers, counters.following,
                    (select count(*) from likes where likes.user_id = users.id) as \"likes!\",
                    coalesce(followed.yes, false) as \"is_following!\",
                    page.listed as \"listed!\"
             from page
             join users on users.id = page.user_id
             join user_counters counters on counters.user_id = users.id
             left join lateral (
                 select true as yes from follows
                 where follows.follower_id = $1 and follows.followed_id = users.id limit 1
             ) followed on true
             order by page.listed desc, users.public_id desc",
            $viewer $(, $argument)*
        )
    };
}
pub(crate) use select_users;

/// Inserts an account with its counters. Taken names violate `users_username_key` or `users_email_key`.
pub async fn insert(connection: &mut PgConnection, user: &NewUser<'_>) -> Result<ProfileRow, sqlx::Error> {
    sqlx::query_as!(
        ProfileRow,
        "with made as (
             insert into users (public_id, username, name, email, password_hash) values ($1, $2, $3, $4, $5)
             returning id, public_id, username, name, bio, avatar, created
         ), counted as (
             insert into user_counters (user_id) select id from made
         )
         select public_id, username, name, bio, avatar, created from made",
        user.public_id,
        user.username,
        user.name,
        user.email,
        user.password_hash,
    )
    .fetch_one(connection)
    .await
}

/// The account that logs in with `email`.
pub async fn find_credentials(
    executor: impl PgExecutor<'_>,
    email: &str,
) -> Result<Option<CredentialsRow>, sqlx::Error> {
    sqlx::query_as!(
        CredentialsRow,
        "select id, public_id, username, password_hash from users where email = $1",
        email
    )
    .fetch_optional(executor)
    .await
}

/// The credentials of one's own account.
pub async fn find_own_credentials(
    executor: impl PgExecutor<'_>,
    user: i64,
) -> Result<Option<CredentialsRow>, sqlx::Error> {
    sqlx::query_as!(
        CredentialsRow,
        "select id, public_id, username, password_hash from users where id = $1",
        user
    )
    .fetch_optional(executor)
    .await
}

/// An account by its username, as `viewer` sees it.
pub async fn find(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    username: &str,
) -> Result<Option<UserRow>, sqlx::Error> {
    select_users!("select id as user_id, created as listed from users where username = $2", viewer, username)
        .fetch_optional(executor)
        .await
}

/// One's own account.
pub async fn find_own(executor: impl PgExecutor<'_>, user: i64) -> Result<Option<UserRow>, sqlx::Error> {
    select_users!("select id as user_id, created as listed from users where id = $1", user)
        .fetch_optional(executor)
        .await
}

/// Accounts by public id, in no particular order.
pub async fn find_many(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    ids: &[Uuid],
) -> Result<Vec<UserRow>, sqlx::Error> {
    select_users!("select id as user_id, created as listed from users where public_id = any($2)", viewer, ids)
        .fetch_all(executor)
        .await
}

/// Internal id of a username.
pub async fn find_id(executor: impl PgExecutor<'_>, username: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!("select id from users where username = $1", username).fetch_optional(executor).await
}

/// Those of `usernames` that exist.
pub async fn find_existing(
    executor: impl PgExecutor<'_>,
    usernames: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!("select username from users where username = any($1)", usernames)
        .fetch_all(executor)
        .await
}

/// A changed profile, already validated.
#[derive(Debug)]
pub struct ProfileChange<'a> {
    pub name: &'a str,
    pub username: &'a str,
    pub email: &'a str,
    pub bio: &'a str,
    pub avatar: Option<&'a str>,
}

/// Writes a profile and returns what is indexed of it, or nothing when it says what was there before.
/// An avatar that isn't a picture of an own post or an own pending upload changes nothing either; check it first.
pub async fn update_profile(
    connection: &mut PgConnection,
    user: i64,
    change: &ProfileChange<'_>,
) -> Result<Option<ProfileRow>, sqlx::Error> {
    sqlx::query_as!(
        ProfileRow,
        "update users set name = $2, username = $3, email = $4, bio = $5, avatar = $6
         where id = $1 and (name, username, email, bio) is distinct from ($2, $3, $4, $5)
            or id = $1 and avatar is distinct from $6
         returning public_id, username, name, bio, avatar, created",
        user,
        change.name,
        change.username,
        change.email,
        change.bio,
        change.avatar,
    )
    .fetch_optional(connection)
    .await
}

/// Whether `filename` may be the user's avatar: it belongs to an own post, or is the avatar already.
pub async fn owns_picture(
    executor: impl PgExecutor<'_>,
    user: i64,
    filename: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (
             select from post_media join posts on posts.id = post_media.post_id
             where post_media.filename = $2 and posts.user_id = $1
         ) or exists (select from users where id = $1 and avatar = $2) as \"owns!\"",
        user,
        filename,
    )
    .fetch_one(executor)
    .await
}

pub async fn update_password(
    executor: impl PgExecutor<'_>,
    user: i64,
    password_hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set password_hash = $2 where id = $1", user, password_hash)
        .execute(executor)
        .await?;
    Ok(())
}

/// Takes `filenames` off every profile that shows one of them, and returns those profiles.
pub async fn clear_avatars(
    connection: &mut PgConnection,
    filenames: &[String],
) -> Result<Vec<ProfileRow>, sqlx::Error> {
    sqlx::query_as!(
        ProfileRow,
        "update users set avatar = null where avatar = any($1)
         returning public_id, username, name, bio, avatar, created",
        filenames
    )
    .fetch_all(connection)
    .await
}

/// Accounts worth following: not followed yet, not oneself, with followers or posts; most followed first.
pub async fn list_suggested(
    executor: impl PgExecutor<'_>,
    user: i64,
    limit: i64,
) -> Result<Vec<UserRow>, sqlx::Error> {
    let mut rows = select_users!(
        "select user_id, now() as listed from user_counters candidates
         where user_id <> $1 and (followers > 0 or posts > 0)
           and not exists (
               select from follows
               where follows.follower_id = $1 and follows.followed_id = candidates.user_id
           )
         order by followers desc, posts desc, user_id
         limit $2",
        user,
        limit
    )
    .fetch_all(executor)
    .await?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.followers, row.posts)));
    Ok(rows)
}

/// Typeahead: usernames that start with `prefix`, then names that contain it.
pub async fn search_hints(
    executor: impl PgExecutor<'_>,
    prefix: &str,
    limit: i64,
) -> Result<Vec<UserHintRow>, sqlx::Error> {
    sqlx::query_as!(
        UserHintRow,
        "select username, name, avatar
         from users join user_counters on user_counters.user_id = users.id
         where username like $1 || '%' or name ilike '%' || $1 || '%'
         order by username like $1 || '%' desc, followers desc, username
         limit $2",
        escape_like(prefix),
        limit,
    )
    .fetch_all(executor)
    .await
}

/// `text` with the wildcards of LIKE taken literally.
pub(crate) fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
