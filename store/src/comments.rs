//! Comments on posts.

use phasma_domain::page::Cursor;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

/// A comment with its author.
#[derive(Debug, Clone)]
pub struct CommentRow {
    pub public_id: Uuid,
    pub username: String,
    pub avatar: Option<String>,
    pub body: String,
    pub created: OffsetDateTime,
}

impl CommentRow {
    /// The row's place in its list.
    pub fn place(&self) -> Cursor {
        Cursor { created: self.created, id: self.public_id }
    }
}

/// Comments on a post; returns the moment.
pub async fn insert(
    connection: &mut PgConnection,
    public_id: Uuid,
    post: i64,
    author: i64,
    body: &str,
) -> Result<CommentRow, sqlx::Error> {
    let row = sqlx::query_as!(
        CommentRow,
        "with made as (
             insert into comments (public_id, post_id, user_id, body) values ($1, $2, $3, $4)
             returning public_id, user_id, body, created
         )
         select made.public_id, username, avatar, body, made.created
         from made join users on users.id = made.user_id",
        public_id,
        post,
        author,
        body,
    )
    .fetch_one(&mut *connection)
    .await?;
    count(connection, post, 1).await?;
    Ok(row)
}

/// A comment, whose it is, and whose post it is on.
#[derive(Debug)]
pub struct OwnedCommentRow {
    pub id: i64,
    pub author_id: i64,
    pub author_public_id: Uuid,
    pub post_id: i64,
    pub post_author_id: i64,
    pub post_author_public_id: Uuid,
}

/// Locks a comment of the given post against changes until the transaction ends.
pub async fn lock(
    executor: impl PgExecutor<'_>,
    post: Uuid,
    comment: Uuid,
) -> Result<Option<OwnedCommentRow>, sqlx::Error> {
    sqlx::query_as!(
        OwnedCommentRow,
        "select comments.id, author.id as author_id, author.public_id as author_public_id, posts.id as post_id,
                owner.id as post_author_id, owner.public_id as post_author_public_id
         from comments
         join posts on posts.id = comments.post_id
         join users author on author.id = comments.user_id
         join users owner on owner.id = posts.user_id
         where comments.public_id = $2 and posts.public_id = $1
         for update of comments",
        post,
        comment
    )
    .fetch_optional(executor)
    .await
}

/// Deletes a locked comment.
pub async fn delete(connection: &mut PgConnection, comment: &OwnedCommentRow) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from comments where id = $1", comment.id).execute(&mut *connection).await?;
    count(connection, comment.post_id, -1).await
}

async fn count(connection: &mut PgConnection, post: i64, change: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("update post_counters set comments = comments + $2 where post_id = $1", post, change)
        .execute(connection)
        .await?;
    Ok(())
}

/// A post's comments, newest first.
pub async fn list(
    executor: impl PgExecutor<'_>,
    post: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<CommentRow>, sqlx::Error> {
    sqlx::query_as!(
        CommentRow,
        "select comments.public_id, username, avatar, body, comments.created
         from comments join users on users.id = comments.user_id
         where post_id = $1 and (comments.created, comments.public_id) < ($2, $3)
         order by comments.created desc, comments.public_id desc limit $4",
        post,
        after.created,
        after.id,
        limit,
    )
    .fetch_all(executor)
    .await
}
