//! Writing posts. The caller appends the events between the rows and the counters.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// The pictures of a new post in their order, as columns of one length.
#[derive(Debug, Default)]
pub struct NewMedia {
    pub filenames: Vec<String>,
    pub alt_texts: Vec<String>,
    pub widths: Vec<i32>,
    pub heights: Vec<i32>,
    pub thumbhashes: Vec<Vec<u8>>,
}

/// A post that was just written.
#[derive(Debug, Clone)]
pub struct InsertedRow {
    pub id: i64,
    pub created: OffsetDateTime,
}

/// Writes a post with its pictures and its counters.
pub async fn insert(
    connection: &mut PgConnection,
    user: i64,
    public_id: Uuid,
    description: &str,
    media: &NewMedia,
) -> Result<InsertedRow, sqlx::Error> {
    sqlx::query_as!(
        InsertedRow,
        "with post as (
             insert into posts (public_id, user_id, description) values ($1, $2, $3) returning id, created
         ), media as (
             insert into post_media (post_id, position, filename, alt_text, width, height, thumbhash)
             select post.id, m.position - 1, m.filename, m.alt_text, m.width, m.height, m.thumbhash
             from post cross join unnest($4::text[], $5::text[], $6::integer[], $7::integer[], $8::bytea[])
                  with ordinality as m (filename, alt_text, width, height, thumbhash, position)
         ), counters as (
             insert into post_counters (post_id) select id from post
         )
         select id, created from post",
        public_id,
        user,
        description,
        &media.filenames,
        &media.alt_texts,
        &media.widths,
        &media.heights,
        &media.thumbhashes,
    )
    .fetch_one(connection)
    .await
}

/// A post about to be deleted, locked, with everything that goes with it.
#[derive(Debug, Clone)]
pub struct DeletableRow {
    pub id: i64,
    pub user_id: i64,
    pub user_public_id: Uuid,
    pub filenames: Vec<String>,
    pub hashtags: Vec<i64>,
}

/// Locks the post first, so that what is read beside it can't grow any more.
pub async fn lock(
    connection: &mut PgConnection,
    public_id: Uuid,
) -> Result<Option<DeletableRow>, sqlx::Error> {
    let locked = sqlx::query!(
        "select p.id, p.user_id, u.public_id as user_public_id
         from posts p join users u on u.id = p.user_id where p.public_id = $1 for update of p",
        public_id,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(post) = locked else { return Ok(None) };
    let parts = sqlx::query!(
        "select array(select filename from post_media where post_id = $1 order by position) as \"filenames!\",
                array(select hashtag_id from post_hashtags where post_id = $1) as \"hashtags!\"",
        post.id,
    )
    .fetch_one(connection)
    .await?;
    Ok(Some(DeletableRow {
        id: post.id,
        user_id: post.user_id,
        user_public_id: post.user_public_id,
        filenames: parts.filenames,
        hashtags: parts.hashtags,
    }))
}

/// Deletes a locked post, and returns who liked it. The likes go first and by name: one that is being taken back
/// meanwhile is then uncounted by exactly one of the two.
pub async fn delete(connection: &mut PgConnection, post: i64) -> Result<Vec<i64>, sqlx::Error> {
    let likers = sqlx::query_scalar!("delete from likes where post_id = $1 returning user_id", post)
        .fetch_all(&mut *connection)
        .await?;
    sqlx::query!("delete from posts where id = $1", post).execute(connection).await?;
    Ok(likers)
}

/// Adds to a post's counters.
pub async fn add_to_counters(
    connection: &mut PgConnection,
    post: i64,
    likes: i64,
    comments: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update post_counters set likes = likes + $2, comments = comments + $3 where post_id = $1",
        post,
        likes,
        comments,
    )
    .execute(connection)
    .await?;
    Ok(())
}
