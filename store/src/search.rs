//! Search in PostgreSQL: typeahead always, full search when no search engine answers, and what the engine's hits
//! look like now.

use sqlx::PgExecutor;
use uuid::Uuid;

/// An account found.
#[derive(Debug, Clone)]
pub struct FoundUserRow {
    pub public_id: Uuid,
    pub username: String,
    pub name: String,
    pub avatar: Option<String>,
    pub followed: bool,
}

/// A tag found.
#[derive(Debug, Clone)]
pub struct FoundHashtagRow {
    pub name: String,
    pub posts: i64,
}

/// `text` with the wildcards of LIKE taken literally.
pub fn escape_like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Accounts whose username or name contains `text`, or whose username begins with it when it is too short for the
/// trigram indexes: exact name first, then those that begin with it, those
/// the viewer follows, the most followed.
pub async fn find_users(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    text: &str,
    offset: i64,
    limit: i64,
) -> Result<Vec<FoundUserRow>, sqlx::Error> {
    let pattern = escape_like(&text.to_lowercase());
    sqlx::query_as!(
        FoundUserRow,
        "select u.public_id, u.username, u.name, u.avatar, coalesce(followed.yes, false) as \"followed!\"
         from users u
         join user_counters c on c.user_id = u.id
         left join lateral (
             select true as yes from follows f where f.follower_id = $1 and f.followed_id = u.id limit 1
         ) followed on true
         where (u.username like $2 || '%'
                or length($3) >= 3 and (u.username like '%' || $2 || '%' or u.name ilike '%' || $2 || '%'))
           and u.suspended is null
           and not exists (select from blocks_between($1, u.id))
         order by u.username = $3 desc, u.username like $2 || '%' desc, u.name ilike $2 || '%' desc,
                  followed.yes desc nulls last, c.followers desc, u.id
         offset $4 limit $5",
        viewer,
        pattern,
        text.to_lowercase(),
        offset,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// Tags that begin with `text`, then those that contain it; the most used first. Tags no post carries are left out.
pub async fn find_hashtags(
    executor: impl PgExecutor<'_>,
    text: &str,
    offset: i64,
    limit: i64,
) -> Result<Vec<FoundHashtagRow>, sqlx::Error> {
    sqlx::query_as!(
        FoundHashtagRow,
        "select h.name, c.posts
         from hashtags h join hashtag_counters c on c.hashtag_id = h.id
         where h.name like '%' || $1 || '%' and c.posts > 0
         order by h.name like $1 || '%' desc, c.posts desc, h.name
         offset $2 limit $3",
        escape_like(text),
        offset,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// Ids of posts whose caption contains `text`, the newest first.
pub async fn find_post_ids(
    executor: impl PgExecutor<'_>,
    text: &str,
    offset: i64,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select public_id from posts where description ilike '%' || $1 || '%'
         order by created desc, public_id desc offset $2 limit $3",
        escape_like(text),
        offset,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// Ids of posts that carry exactly this tag, the newest first.
pub async fn find_post_ids_by_hashtag(
    executor: impl PgExecutor<'_>,
    name: &str,
    offset: i64,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select t.public_id
         from post_hashtags t
         where t.hashtag_id = (select id from hashtags where name = $1)
         order by t.created desc, t.public_id desc offset $2 limit $3",
        name,
        offset,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// The accounts of these public ids, in their order; those that are gone, suspended or hidden by a block are left out.
pub async fn read_users(
    executor: impl PgExecutor<'_>,
    viewer: i64,
    public_ids: &[Uuid],
) -> Result<Vec<FoundUserRow>, sqlx::Error> {
    sqlx::query_as!(
        FoundUserRow,
        "select u.public_id, u.username, u.name, u.avatar, coalesce(followed.yes, false) as \"followed!\"
         from unnest($2::uuid[]) with ordinality as asked (public_id, position)
         join users u on u.public_id = asked.public_id and u.suspended is null
             and not exists (select from blocks_between($1, u.id))
         left join lateral (
             select true as yes from follows f where f.follower_id = $1 and f.followed_id = u.id limit 1
         ) followed on true
         order by asked.position",
        viewer,
        public_ids,
    )
    .fetch_all(executor)
    .await
}

/// The tags of these names, in their order; those no post carries are left out.
pub async fn read_hashtags(
    executor: impl PgExecutor<'_>,
    names: &[String],
) -> Result<Vec<FoundHashtagRow>, sqlx::Error> {
    sqlx::query_as!(
        FoundHashtagRow,
        "select h.name, c.posts
         from unnest($1::text[]) with ordinality as asked (name, position)
         join hashtags h on h.name = asked.name
         join hashtag_counters c on c.hashtag_id = h.id
         where c.posts > 0
         order by asked.position",
        names,
    )
    .fetch_all(executor)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_taken_literally() {
        assert_eq!(escape_like(r"50%_\x"), r"50\%\_\\x");
    }
}
