//! What the search indexes hold, read from the tables in pages: for filling an index that was made anew.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// An account's searchable fields; `key` is where the next page begins.
#[derive(Debug, Clone)]
pub struct UserDocumentRow {
    pub key: i64,
    pub public_id: Uuid,
    pub username: String,
    pub name: String,
    pub bio: String,
}

/// A post's searchable fields.
#[derive(Debug, Clone)]
pub struct PostDocumentRow {
    pub key: i64,
    pub public_id: Uuid,
    pub author_id: Uuid,
    pub description: String,
    pub hashtags: Vec<String>,
    pub created: OffsetDateTime,
}

/// A tag that was used at least once.
#[derive(Debug, Clone)]
pub struct HashtagDocumentRow {
    pub key: i64,
    pub name: String,
}

/// The next `limit` accounts whose key is above `after`.
pub async fn list_users(
    executor: impl PgExecutor<'_>,
    after: i64,
    limit: i64,
) -> Result<Vec<UserDocumentRow>, sqlx::Error> {
    sqlx::query_as!(
        UserDocumentRow,
        "select id as key, public_id, username, name, bio from users where id > $1 order by id limit $2",
        after,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// The next `limit` posts whose key is above `after`, each with its tags.
pub async fn list_posts(
    executor: impl PgExecutor<'_>,
    after: i64,
    limit: i64,
) -> Result<Vec<PostDocumentRow>, sqlx::Error> {
    sqlx::query_as!(
        PostDocumentRow,
        r#"select p.id as key, p.public_id, u.public_id as author_id, p.description, p.created,
                  array(select h.name from post_hashtags t join hashtags h on h.id = t.hashtag_id
                        where t.post_id = p.id order by h.name) as "hashtags!"
           from posts p join users u on u.id = p.user_id
           where p.id > $1 order by p.id limit $2"#,
        after,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// The next `limit` tags whose key is above `after`.
pub async fn list_hashtags(
    executor: impl PgExecutor<'_>,
    after: i64,
    limit: i64,
) -> Result<Vec<HashtagDocumentRow>, sqlx::Error> {
    sqlx::query_as!(
        HashtagDocumentRow,
        "select id as key, name from hashtags where id > $1 order by id limit $2",
        after,
        limit,
    )
    .fetch_all(executor)
    .await
}
