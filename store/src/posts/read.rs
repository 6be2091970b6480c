//! Reading posts, always as one viewer sees them: each list is one statement that first finds the page's keys and
//! then looks up what belongs to them.

use phasma_domain::page::Cursor;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// A post with its author, first picture and counters, as the viewer sees it.
#[derive(Debug, Clone)]
pub struct PostRow {
    pub public_id: Uuid,
    pub username: String,
    pub name: String,
    pub avatar: Option<String>,
    pub filename: String,
    pub alt_text: String,
    pub width: i32,
    pub height: i32,
    pub thumbhash: Vec<u8>,
    pub description: String,
    pub created: OffsetDateTime,
    pub likes: i64,
    pub comments: i64,
    pub liked: bool,
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

/// Reads the posts of a page. `$page` selects (id, at, position); `$1` is the viewer. Likes and follows are looked
/// up per row (`lateral … limit 1`): an `exists` might be planned as one scan of everything the viewer ever liked.
macro_rules! post_page {
    ($page:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            PostRow,
            "with page as materialized (" + $page + ")
             select p.public_id, u.username, u.name, u.avatar,
                    m.filename, m.alt_text, m.width, m.height, m.thumbhash,
                    p.description, p.created, c.likes, c.comments,
                    coalesce(liked.yes, false) as \"liked!\",
                    coalesce(followed.yes, false) as \"followed!\",
                    mentioned_accounts(p.description) as \"mentioned!\",
                    page.at as \"listed!\"
             from page
             join posts p on p.id = page.id
             join users u on u.id = p.user_id
             join post_media m on m.post_id = p.id and m.position = 0
             join post_counters c on c.post_id = p.id
             left join lateral (
                 select true as yes from likes l where l.user_id = $1 and l.post_id = p.id limit 1
             ) liked on true
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
