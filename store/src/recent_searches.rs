//! What somebody looked for last.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// How many are kept for each account.
pub const KEPT: i64 = 10;

/// A search, and what it names looks like now: of the fields after `public_id`, those of one kind are there.
#[derive(Debug, Clone)]
pub struct RecentSearchRow {
    pub public_id: Uuid,
    pub username: Option<String>,
    pub name: Option<String>,
    pub avatar: Option<String>,
    pub hashtag: Option<String>,
    pub hashtag_posts: Option<i64>,
    pub query: Option<String>,
}

/// The account's searches, the newest first.
pub async fn list(executor: impl PgExecutor<'_>, user: i64) -> Result<Vec<RecentSearchRow>, sqlx::Error> {
    sqlx::query_as!(
        RecentSearchRow,
        r#"select r.public_id, u.username as "username?", u.name as "name?", u.avatar as "avatar?",
                  h.name as "hashtag?", c.posts as "hashtag_posts?", r.query
           from (
               select * from recent_searches where user_id = $1
               order by created desc, public_id desc limit $2
           ) r
           left join users u on u.id = r.found_user_id and u.suspended is null
               and not exists (select from blocks_between($1, u.id))
           left join hashtags h on h.id = r.hashtag_id
           left join hashtag_counters c on c.hashtag_id = r.hashtag_id
           where num_nonnulls(u.id, h.id, r.query) = 1
           order by r.created desc, r.public_id desc"#,
        user,
        KEPT,
    )
    .fetch_all(executor)
    .await
}

/// Records the account of this username as searched for; false if there is none.
pub async fn insert_user(
    connection: &mut PgConnection,
    user: i64,
    public_id: Uuid,
    username: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into recent_searches (public_id, user_id, found_user_id)
         select $2, $1, u.id from users u where u.username = $3 and u.suspended is null and not exists (select from blocks_between($1, u.id))
         on conflict on constraint recent_searches_entry_key do update set created = excluded.created",
        user,
        public_id,
        username,
    )
    .execute(&mut *connection)
    .await?;
    trim(connection, user).await?;
    Ok(done.rows_affected() > 0)
}

/// Records the tag of this normalised name; false if there is none.
pub async fn insert_hashtag(
    connection: &mut PgConnection,
    user: i64,
    public_id: Uuid,
    name: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into recent_searches (public_id, user_id, hashtag_id)
         select $2, $1, id from hashtags where name = $3
         on conflict on constraint recent_searches_entry_key do update set created = excluded.created",
        user,
        public_id,
        name,
    )
    .execute(&mut *connection)
    .await?;
    trim(connection, user).await?;
    Ok(done.rows_affected() > 0)
}

/// Records what posts were searched for.
pub async fn insert_query(
    connection: &mut PgConnection,
    user: i64,
    public_id: Uuid,
    query: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into recent_searches (public_id, user_id, query) values ($2, $1, $3)
         on conflict on constraint recent_searches_entry_key do update set created = excluded.created",
        user,
        public_id,
        query,
    )
    .execute(&mut *connection)
    .await?;
    trim(connection, user).await
}

/// Cuts the account's searches down to the newest [`KEPT`].
async fn trim(connection: &mut PgConnection, user: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from recent_searches where public_id in (
             select public_id from recent_searches where user_id = $1
             order by created desc, public_id desc offset $2
         )",
        user,
        KEPT,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets one search of the account; the answer tells whether it was there.
pub async fn delete(executor: impl PgExecutor<'_>, user: i64, public_id: Uuid) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query!("delete from recent_searches where user_id = $1 and public_id = $2", user, public_id)
            .execute(executor)
            .await?;
    Ok(done.rows_affected() > 0)
}

/// Forgets all searches of the account.
pub async fn delete_all(executor: impl PgExecutor<'_>, user: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from recent_searches where user_id = $1", user).execute(executor).await?;
    Ok(())
}
