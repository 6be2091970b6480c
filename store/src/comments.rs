//! Comments. The caller appends the event, then adds to the counters.

use phasma_domain::page::Cursor;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

/// A comment and who wrote it.
#[derive(Debug, Clone)]
pub struct CommentRow {
    pub public_id: Uuid,
    pub username: String,
    pub avatar: Option<String>,
    pub body: String,
    pub created: OffsetDateTime,
    /// Accounts the text mentions.
    pub mentioned: Vec<String>,
}

impl CommentRow {
    pub fn place(&self) -> Cursor {
        Cursor { created: self.created, id: self.public_id }
    }
}

/// The post's comments that the viewer may see, the newest first.
pub async fn list(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    post: Uuid,
    after: Cursor,
    limit: i64,
) -> Result<Vec<CommentRow>, sqlx::Error> {
    sqlx::query_as!(
        CommentRow,
        "select c.public_id, u.username, u.avatar, c.body, c.created, mentioned_accounts(c.body) as \"mentioned!\"
         from (
             select id from comments k
             where post_id = (
                       select id from posts p where public_id = $2 and not exists (select from blocks_between($1, p.user_id))
                   )
               and (created, public_id) < ($3, $4)
               and not exists (select from blocks_between($1, k.user_id))
             order by created desc, public_id desc limit $5
         ) page
         join comments c on c.id = page.id
         join users u on u.id = c.user_id
         order by c.created desc, c.public_id desc",
        viewer,
        post,
        after.created,
        after.id,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// The post a new comment belongs to, and its author.
#[derive(Debug, Clone)]
pub struct CommentedRow {
    pub post_id: i64,
    pub author_public_id: Uuid,
    pub comment: CommentRow,
}

/// Adds a comment to the post of this public id; `None` if there is none that the writer may see.
pub async fn insert(
    connection: &mut PgConnection,
    user: i64,
    post: Uuid,
    public_id: Uuid,
    body: &str,
) -> Result<Option<CommentedRow>, sqlx::Error> {
    let row = sqlx::query!(
        "with target as (
             select p.id, u.public_id as author from posts p join users u on u.id = p.user_id
             where p.public_id = $2 and not exists (select from blocks_between($1, p.user_id))
         ), made as (
             insert into comments (public_id, post_id, user_id, body) select $3, id, $1, $4 from target
             returning public_id, created
         )
         select target.id as post_id, target.author, made.public_id, made.created, u.username, u.avatar,
                mentioned_accounts($4) as \"mentioned!\"
         from target cross join made join users u on u.id = $1",
        user,
        post,
        public_id,
        body,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| CommentedRow {
        post_id: row.post_id,
        author_public_id: row.author,
        comment: CommentRow {
            public_id: row.public_id,
            username: row.username,
            avatar: row.avatar,
            body: body.to_owned(),
            created: row.created,
            mentioned: row.mentioned,
        },
    }))
}

/// A comment about to be deleted, locked, with who may do that.
#[derive(Debug, Clone)]
pub struct DeletableRow {
    pub id: i64,
    pub post_id: i64,
    pub writer_id: i64,
    pub writer_public_id: Uuid,
    pub author_id: i64,
    pub author_public_id: Uuid,
}

pub async fn lock(
    connection: &mut PgConnection,
    post: Uuid,
    comment: Uuid,
) -> Result<Option<DeletableRow>, sqlx::Error> {
    sqlx::query_as!(
        DeletableRow,
        "select c.id, c.post_id, c.user_id as writer_id, w.public_id as writer_public_id,
                p.user_id as author_id, a.public_id as author_public_id
         from comments c
         join posts p on p.id = c.post_id
         join users w on w.id = c.user_id
         join users a on a.id = p.user_id
         where c.public_id = $2 and p.public_id = $1
         for update of c",
        post,
        comment,
    )
    .fetch_optional(connection)
    .await
}

pub async fn delete(connection: &mut PgConnection, comment: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from comments where id = $1", comment).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}
