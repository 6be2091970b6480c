//! What an account's owner takes along: its lists as JSON, in pages that each follow on one key.

use serde_json::Value;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// An entry of a list; `key` is where the next page begins.
#[derive(Debug, Clone)]
pub struct ItemRow {
    pub key: i64,
    pub item: Value,
}

/// The pictures of one post, in order.
#[derive(Debug, Clone)]
pub struct PicturesRow {
    pub key: i64,
    pub filenames: Vec<String>,
}

/// The account itself.
#[derive(Debug, Clone)]
pub struct ProfileRow {
    pub public_id: Uuid,
    pub username: String,
    pub name: String,
    pub email: String,
    pub bio: String,
    pub avatar: Option<String>,
    pub created: OffsetDateTime,
}

pub async fn profile(executor: impl PgExecutor<'_>, user: i64) -> Result<Option<ProfileRow>, sqlx::Error> {
    sqlx::query_as!(
        ProfileRow,
        "select public_id, username, name, email, bio, avatar, created from users where id = $1",
        user,
    )
    .fetch_optional(executor)
    .await
}

/// A function that reads one page of a list. `$query` selects (key, item) of user `$1` above key `$2`, at most `$3`.
macro_rules! list {
    ($name:ident, $query:literal) => {
        pub async fn $name(
            executor: impl PgExecutor<'_>,
            user: i64,
            after: i64,
            limit: i64,
        ) -> Result<Vec<ItemRow>, sqlx::Error> {
            sqlx::query_as!(ItemRow, $query, user, after, limit).fetch_all(executor).await
        }
    };
}

list!(
    posts,
    r#"select p.id as key, jsonb_build_object(
           'publicId', p.public_id, 'description', p.description, 'created', p.created,
           'likes', c.likes, 'comments', c.comments,
           'images', (select jsonb_agg(jsonb_build_object('file', 'pictures/' || m.filename, 'altText', m.alt_text)
                                       order by m.position)
                      from post_media m where m.post_id = p.id)) as "item!"
       from posts p join post_counters c on c.post_id = p.id
       where p.user_id = $1 and p.id > $2 order by p.id limit $3"#
);

list!(
    comments,
    r#"select c.id as key, jsonb_build_object(
           'id', c.public_id, 'postId', p.public_id, 'body', c.body, 'created', c.created) as "item!"
       from comments c join posts p on p.id = c.post_id
       where c.user_id = $1 and c.id > $2 order by c.id limit $3"#
);

list!(
    likes,
    r#"select l.post_id as key, jsonb_build_object('postId', p.public_id, 'created', l.created) as "item!"
       from likes l join posts p on p.id = l.post_id
       where l.user_id = $1 and l.post_id > $2 order by l.post_id limit $3"#
);

list!(
    bookmarks,
    r#"select b.post_id as key, jsonb_build_object('postId', p.public_id, 'created', b.created) as "item!"
       from bookmarks b join posts p on p.id = b.post_id
       where b.user_id = $1 and b.post_id > $2 order by b.post_id limit $3"#
);

list!(
    following,
    r#"select f.followed_id as key, jsonb_build_object('username', u.username, 'created', f.created) as "item!"
       from follows f join users u on u.id = f.followed_id
       where f.follower_id = $1 and f.followed_id > $2 order by f.followed_id limit $3"#
);

list!(
    followers,
    r#"select f.follower_id as key, jsonb_build_object('username', u.username, 'created', f.created) as "item!"
       from follows f join users u on u.id = f.follower_id
       where f.followed_id = $1 and f.follower_id > $2 order by f.follower_id limit $3"#
);

list!(
    blocks,
    r#"select b.blocked_id as key, jsonb_build_object('username', u.username, 'created', b.created) as "item!"
       from blocks b join users u on u.id = b.blocked_id
       where b.blocker_id = $1 and b.blocked_id > $2 order by b.blocked_id limit $3"#
);

list!(
    mutes,
    r#"select m.muted_id as key, jsonb_build_object('username', u.username, 'created', m.created) as "item!"
       from mutes m join users u on u.id = m.muted_id
       where m.muter_id = $1 and m.muted_id > $2 order by m.muted_id limit $3"#
);

/// Pictures of the account's next posts above key `after`.
pub async fn pictures(
    executor: impl PgExecutor<'_>,
    user: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<PicturesRow>, sqlx::Error> {
    sqlx::query_as!(
        PicturesRow,
        r#"select p.id as key,
                  array(select filename from post_media where post_id = p.id order by position) as "filenames!"
           from posts p where p.user_id = $1 and p.id > $2 order by p.id limit $3"#,
        user,
        after,
        limit,
    )
    .fetch_all(executor)
    .await
}
