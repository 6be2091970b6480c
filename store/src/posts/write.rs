//! Publishing and deleting posts. Counters are updated last, their rows locked in id order, and hashtags in name
//! order, so that transactions which touch the same rows queue instead of deadlocking.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

/// A post to publish, already validated.
#[derive(Debug)]
pub struct NewPost<'a> {
    pub public_id: Uuid,
    pub author: i64,
    pub description: &'a str,
    pub hashtags: &'a [String],
    /// An own pending upload.
    pub filename: &'a str,
    pub alt_text: &'a str,
}

/// What publishing did.
#[derive(Debug)]
pub struct PublishedPost {
    pub created: OffsetDateTime,
    /// Tags that nobody had used before.
    pub new_hashtags: Vec<String>,
}

/// Publishes a post, consuming its upload. `None`: there is no such pending upload of this author.
pub async fn insert(
    connection: &mut PgConnection,
    post: &NewPost<'_>,
) -> Result<Option<PublishedPost>, sqlx::Error> {
    let Some(row) = sqlx::query!(
        "with picture as (
             delete from uploads where filename = $4 and user_id = $2 returning width, height, thumbhash
         ), made as (
             insert into posts (public_id, user_id, description)
             select $1, $2, $3 from picture
             returning id, created
         ), media as (
             insert into post_media (post_id, position, filename, alt_text, width, height, thumbhash)
             select made.id, 0, $4, $5, width, height, thumbhash from made, picture
         ), counters as (
             insert into post_counters (post_id) select id from made
         )
         select id, created from made",
        post.public_id,
        post.author,
        post.description,
        post.filename,
        post.alt_text,
    )
    .fetch_optional(&mut *connection)
    .await?
    else {
        return Ok(None);
    };
    let new_hashtags = insert_hashtags(connection, row.id, post.hashtags).await?;
    count_posts(connection, post.author, 1).await?;
    Ok(Some(PublishedPost { created: row.created, new_hashtags }))
}

/// Ties `names` to a post; returns those that are new to the platform.
async fn insert_hashtags(
    connection: &mut PgConnection,
    post: i64,
    names: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let new = sqlx::query_scalar!(
        "with made as (
             insert into hashtags (name) select name from unnest($1::text[]) as tag (name) order by name
             on conflict on constraint hashtags_name_key do nothing
             returning id, name
         ), counters as (
             insert into hashtag_counters (hashtag_id) select id from made
         )
         select name from made",
        names
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into post_hashtags (post_id, hashtag_id) select $1, id from hashtags where name = any($2)",
        post,
        names
    )
    .execute(&mut *connection)
    .await?;
    count_hashtags(connection, names, 1).await?;
    Ok(new)
}

async fn count_hashtags(
    connection: &mut PgConnection,
    names: &[String],
    change: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with locked as (
             select hashtag_id from hashtag_counters
             where hashtag_id in (select id from hashtags where name = any($1))
             order by hashtag_id for update
         )
         update hashtag_counters set posts = posts + $2
         from locked where locked.hashtag_id = hashtag_counters.hashtag_id",
        names,
        change
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn count_posts(connection: &mut PgConnection, author: i64, change: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("update user_counters set posts = posts + $2 where user_id = $1", author, change)
        .execute(connection)
        .await?;
    Ok(())
}

/// A post and whose it is.
#[derive(Debug)]
pub struct OwnedPostRow {
    pub id: i64,
    pub user_id: i64,
    pub user_public_id: Uuid,
}

/// Locks a post against changes until the transaction ends.
pub async fn lock(executor: impl PgExecutor<'_>, post: Uuid) -> Result<Option<OwnedPostRow>, sqlx::Error> {
    sqlx::query_as!(
        OwnedPostRow,
        "select posts.id, posts.user_id, users.public_id as user_public_id
         from posts join users on users.id = posts.user_id
         where posts.public_id = $1 for update of posts",
        post
    )
    .fetch_optional(executor)
    .await
}

/// What a deleted post leaves behind.
#[derive(Debug)]
pub struct DeletedPost {
    /// Stored pictures that now belong to nobody, unless an avatar shows them.
    pub filenames: Vec<String>,
}

/// Deletes a locked post with everything that hangs on it.
pub async fn delete(connection: &mut PgConnection, post: &OwnedPostRow) -> Result<DeletedPost, sqlx::Error> {
    let hashtags = sqlx::query_scalar!(
        "select name from post_hashtags join hashtags on hashtags.id = hashtag_id where post_id = $1",
        post.id
    )
    .fetch_all(&mut *connection)
    .await?;
    let filenames =
        sqlx::query_scalar!("select filename from post_media where post_id = $1 order by position", post.id)
            .fetch_all(&mut *connection)
            .await?;
    sqlx::query!("delete from posts where id = $1", post.id).execute(&mut *connection).await?;
    if !hashtags.is_empty() {
        count_hashtags(connection, &hashtags, -1).await?;
    }
    count_posts(connection, post.user_id, -1).await?;
    Ok(DeletedPost { filenames })
}
