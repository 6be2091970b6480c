//! Reading posts, always as one viewer sees them: each list is one statement that first finds the page's keys and
//! then looks up what belongs to them.

use phasma_domain::page::Cursor;
use serde::Deserialize;
use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

/// A picture of a post.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PictureRow {
    pub filename: String,
    pub alt_text: String,
    pub width: i32,
    pub height: i32,
    /// In base64.
    pub thumbhash: String,
}

/// The pictures of a post in their order, at least one.
pub type Pictures = Json<Vec<PictureRow>>;

/// A post with its author, pictures and counters, as the viewer sees it.
#[derive(Debug, Clone)]
pub struct PostRow {
    pub public_id: Uuid,
    pub username: String,
    pub name: String,
    pub avatar: Option<String>,
    pub pictures: Pictures,
    pub description: String,
    pub created: OffsetDateTime,
    /// When its author last changed it.
    pub edited: Option<OffsetDateTime>,
    pub likes: i64,
    pub comments: i64,
    pub liked: bool,
    pub bookmarked: bool,
    /// Accounts the caption mentions.
    pub mentioned: Vec<String>,
    /// Whether the viewer follows the author.
    pub followed: bool,
    /// Its place in the list it was read from.
    pub listed: OffsetDateTime,
}

impl PostRow {
    pub fn place(&self) -> Cursor {
        Cursor { created: self.listed, id: self.public_id }
    }
}

/// Reads the posts of a page. `$page` selects (id, at, position); `$1` is the viewer. Likes, bookmarks and follows are
/// looked up per row (`lateral … limit 1`): an `exists` might be planned as one scan of everything the viewer ever
/// liked.
macro_rules! post_page {
    ($page:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            PostRow,
            "with page as materialized (" + $page + ")
             select p.public_id, u.username, u.name, u.avatar,
                    shown.pictures as \"pictures!: crate::posts::Pictures\",
                    p.description, p.created, p.edited, c.likes, c.comments,
                    coalesce(liked.yes, false) as \"liked!\",
                    coalesce(bookmarked.yes, false) as \"bookmarked!\",
                    coalesce(followed.yes, false) as \"followed!\",
                    mentioned_accounts(p.description) as \"mentioned!\",
                    page.at as \"listed!\"
             from page
             join posts p on p.id = page.id
             join users u on u.id = p.user_id
             join lateral (
                 select json_agg(json_build_object(
                            'filename', m.filename, 'alt_text', m.alt_text, 'width', m.width, 'height', m.height,
                            'thumbhash', encode(m.thumbhash, 'base64')
                        ) order by m.position) as pictures
                 from post_media m where m.post_id = p.id
             ) shown on shown.pictures is not null
             join post_counters c on c.post_id = p.id
             left join lateral (
                 select true as yes from likes l where l.user_id = $1 and l.post_id = p.id limit 1
             ) liked on true
             left join lateral (
                 select true as yes from bookmarks b where b.user_id = $1 and b.post_id = p.id limit 1
             ) bookmarked on true
             left join lateral (
                 select true as yes from follows f where f.follower_id = $1 and f.followed_id = p.user_id limit 1
             ) followed on true
             order by page.position",
            $($argument),*
        )
    };
}
pub(crate) use post_page;

pub async fn find(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    public_id: Uuid,
) -> Result<Option<PostRow>, sqlx::Error> {
    post_page!(
        "select p.id, p.created as at, 1::bigint as position from posts p
         where p.public_id = $2 and not exists (select from blocks_between($1, p.user_id))",
        viewer,
        public_id
    )
    .fetch_optional(executor)
    .await
}

/// The posts of these public ids, in their order; those that are gone, or by somebody the viewer blocked, was blocked
/// by or muted, are left out.
pub async fn find_all(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    public_ids: &[Uuid],
) -> Result<Vec<PostRow>, sqlx::Error> {
    post_page!(
        "select p.id, p.created as at, asked.position
         from unnest($2::uuid[]) with ordinality as asked (public_id, position)
         join posts p on p.public_id = asked.public_id
         where not exists (select from blocks_or_mutes($1, p.user_id))",
        viewer,
        public_ids
    )
    .fetch_all(executor)
    .await
}

/// The account's posts, the newest first.
pub async fn list_of_user(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    username: &str,
    after: Cursor,
    limit: i64,
) -> Result<Vec<PostRow>, sqlx::Error> {
    post_page!(
        "select p.id, p.created as at,
                row_number() over (order by p.created desc, p.public_id desc) as position
         from posts p
         where p.user_id = (
                   select id from users u where username = $2 and not exists (select from blocks_between($1, u.id))
               )
           and (p.created, p.public_id) < ($3, $4)
         order by p.created desc, p.public_id desc limit $5",
        viewer,
        username,
        after.created,
        after.id,
        limit
    )
    .fetch_all(executor)
    .await
}

/// The posts the account likes, the newest like first.
pub async fn list_liked_by_user(
    executor: impl PgExecutor<'_>,
    viewer: Option<i64>,
    username: &str,
    after: Cursor,
    limit: i64,
) -> Result<Vec<PostRow>, sqlx::Error> {
    post_page!(
        "select l.post_id as id, l.created as at,
                row_number() over (order by l.created desc, l.post_id desc) as position
         from likes l
         cross join lateral (select user_id from posts where id = l.post_id limit 1) post
         where l.user_id = (
                   select id from users u where username = $2 and not exists (select from blocks_between($1, u.id))
               )
           and not exists (select from blocks_between($1, post.user_id))
           and l.created <= $3
           and (l.created < $3 or l.post_id < (select id from posts where public_id = $4))
         order by l.created desc, l.post_id desc limit $5",
        viewer,
        username,
        after.created,
        after.id,
        limit
    )
    .fetch_all(executor)
    .await
}

/// The posts that carry the tag of this normalised name, the newest first.
pub async fn list_of_hashtag(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    name: &str,
    after: Cursor,
    limit: i64,
) -> Result<Vec<PostRow>, sqlx::Error> {
    post_page!(
        "select t.post_id as id, t.created as at,
                row_number() over (order by t.created desc, t.public_id desc) as position
         from post_hashtags t
         cross join lateral (select user_id from posts where id = t.post_id limit 1) post
         where t.hashtag_id = (select id from hashtags where name = $2) and (t.created, t.public_id) < ($3, $4)
           and not exists (select from blocks_or_mutes($1, post.user_id))
         order by t.created desc, t.public_id desc limit $5",
        Some(viewer),
        name,
        after.created,
        after.id,
        limit
    )
    .fetch_all(executor)
    .await
}

/// The posts the viewer keeps, the newest bookmark first.
pub async fn list_bookmarked(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    after: Cursor,
    limit: i64,
) -> Result<Vec<PostRow>, sqlx::Error> {
    post_page!(
        "select b.post_id as id, b.created as at,
                row_number() over (order by b.created desc, b.post_id desc) as position
         from bookmarks b
         cross join lateral (select user_id from posts where id = b.post_id limit 1) post
         where b.user_id = $1
           and not exists (select from blocks_between($1, post.user_id))
           and b.created <= $2
           and (b.created < $2 or b.post_id < (select id from posts where public_id = $3))
         order by b.created desc, b.post_id desc limit $4",
        viewer,
        after.created,
        after.id,
        limit
    )
    .fetch_all(executor)
    .await
}

/// The most liked posts since `since`.
pub async fn list_popular(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    since: OffsetDateTime,
    limit: i64,
) -> Result<Vec<PostRow>, sqlx::Error> {
    post_page!(
        "select p.id, p.created as at,
                row_number() over (order by c.likes desc, p.created desc, p.public_id desc) as position
         from posts p join post_counters c on c.post_id = p.id
         where p.created > $2 and not exists (select from blocks_or_mutes($1, p.user_id))
         order by c.likes desc, p.created desc, p.public_id desc limit $3",
        Some(viewer),
        since,
        limit
    )
    .fetch_all(executor)
    .await
}

/// Whether there is a post of this public id that the viewer may see.
pub async fn exists(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    public_id: Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select exists (
             select from posts p where public_id = $2 and not exists (select from blocks_between($1, p.user_id))
         ) as \"exists!\"",
        viewer,
        public_id,
    )
    .fetch_one(executor)
    .await
}
