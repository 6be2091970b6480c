//! Cards of posts: one statement each, with author, picture, counters and what the viewer did.

use phasma_domain::page::Cursor;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// A post as a viewer sees it.
#[derive(Debug, Clone)]
pub struct PostRow {
    pub id: i64,
    pub public_id: Uuid,
    pub username: String,
    pub name: String,
    pub avatar: Option<String>,
    pub description: String,
    pub filename: String,
    pub alt_text: String,
    pub width: i32,
    pub height: i32,
    pub thumbhash: Vec<u8>,
    pub likes: i64,
    pub liked: bool,
    pub comments: i64,
    pub created: OffsetDateTime,
    /// Moment that orders the list this row came from.
    pub listed: OffsetDateTime,
}

impl PostRow {
    /// The row's place in its list.
    pub fn place(&self) -> Cursor {
        Cursor { created: self.listed, id: self.public_id }
    }
}

/// Cards of the posts that `$page` lists, which must yield `post_id` (internal) and `listed`; `$1` is the viewer or
/// null. What the viewer liked is looked up for the page's rows alone: an EXISTS would be planned as one pass over
/// all the viewer's likes.
macro_rules! select_posts {
    ($page:literal, $viewer:expr $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            PostRow,
            "with page as (" + $page + ")
             select posts.id, posts.public_id, posts.description, posts.created,
                    users.username, users.name, users.avatar,
                    media.filename, media.alt_text, media.width, media.height, media.thumbhash,
                    counters.likes, counters.comments,
                    coalesce(liked.yes, false) as \"liked!\",
                    page.listed as \"listed!\"
             from page
             join posts on posts.id = page.post_id
             join users on users.id = posts.user_id
             join post_media media on media.post_id = posts.id and media.position = 0
             join post_counters counters on counters.post_id = posts.id
             left join lateral (
                 select true as yes from likes
                 where likes.user_id = $1 and likes.post_id = posts.id limit 1
             ) liked on true
             order by page.listed desc, posts.public_id desc",
            $viewer $(, $argument)*
        )
    };
}
pub(crate) use select_posts;

/// One post.
pub async fn find(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    post: Uuid,
) -> Result<Option<PostRow>, sqlx::Error> {
    select_posts!("select id as post_id, created as listed from posts where public_id = $2", viewer, post)
        .fetch_optional(executor)
        .await
}

/// Posts by public id, newest first.
pub async fn find_many(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    posts: &[Uuid],
) -> Result<Vec<PostRow>, sqlx::Error> {
    select_posts!(
        "select id as post_id, created as listed from posts where public_id = any($2)",
        viewer,
        posts
    )
    .fetch_all(executor)
    .await
}

/// An author's posts, newest first.
pub async fn list_by_author(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    author: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<PostRow>, sqlx::Error> {
    select_posts!(
        "select id as post_id, created as listed from posts
         where user_id = $2 and (created, public_id) < ($3, $4)
         order by created desc, public_id desc limit $5",
        viewer,
        author,
        after.created,
        after.id,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// What a user liked, the newest like first.
pub async fn list_liked(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    user: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<PostRow>, sqlx::Error> {
    select_posts!(
        "select likes.post_id, likes.created as listed
         from likes join posts on posts.id = likes.post_id
         where likes.user_id = $2 and likes.created <= $3 and (likes.created, posts.public_id) < ($3, $4)
         order by likes.created desc, posts.public_id desc limit $5",
        viewer,
        user,
        after.created,
        after.id,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// The most liked posts since `since`.
pub async fn list_popular(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    since: OffsetDateTime,
    limit: i64,
) -> Result<Vec<PostRow>, sqlx::Error> {
    let mut rows = select_posts!(
        "select posts.id as post_id, posts.created as listed
         from posts join post_counters on post_counters.post_id = posts.id
         where posts.created >= $2
         order by post_counters.likes desc, posts.created desc limit $3",
        viewer,
        since,
        limit,
    )
    .fetch_all(executor)
    .await?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.likes, row.created)));
    Ok(rows)
}
