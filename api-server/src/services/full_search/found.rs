//! A stretch of one ranking, and what its entries look like now. An entry that is gone still counts as a place in
//! the ranking, so that the next page starts behind it.

use phasma_domain::hashtag;
use phasma_store::{
    posts::{self, PostRow},
    search::{self, FoundHashtagRow, FoundUserRow},
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::responses::{
    search::{HashtagHit, PostHit},
    user::UserHit,
};

/// Items with their places in the stretch that was fetched.
pub(super) struct Found<T> {
    items: Vec<(usize, T)>,
    /// Entries of the ranking that were fetched, gone ones included.
    fetched: usize,
    /// Whether the ranking goes on behind what was taken.
    pub(super) more: bool,
}

impl<T> Found<T> {
    pub(super) fn none() -> Self {
        Self { items: Vec::new(), fetched: 0, more: false }
    }

    /// Every entry is there.
    fn all(items: Vec<T>) -> Self {
        Self { fetched: items.len(), items: items.into_iter().enumerate().collect(), more: false }
    }

    /// `items` with the key each has in `ranking`.
    fn of<K: PartialEq>(ranking: &[K], items: Vec<(K, T)>) -> Self {
        let place = |key: &K| ranking.iter().position(|known| known == key);
        let items = items.into_iter().filter_map(|(key, item)| Some((place(&key)?, item))).collect();
        Self { items, fetched: ranking.len(), more: false }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Keeps the first `count` items of a page of `limit`; returns how far into the ranking that is.
    pub(super) fn take(&mut self, count: usize, limit: usize) -> u32 {
        let all = count >= self.items.len();
        self.items.truncate(count);
        let taken = if all {
            self.fetched.min(limit.max(self.items.last().map_or(0, |(place, _)| place + 1)))
        } else {
            self.items.last().map_or(0, |(place, _)| place + 1)
        };
        self.more = self.fetched > taken;
        u32::try_from(taken).unwrap_or(u32::MAX)
    }

    pub(super) fn into_items(self) -> Vec<T> {
        self.items.into_iter().map(|(_, item)| item).collect()
    }
}

fn uuids(ids: &[String]) -> Vec<Uuid> {
    // An id that is none keeps its place in the ranking.
    ids.iter().map(|id| id.parse().unwrap_or_default()).collect()
}

pub(super) async fn users(
    pool: &PgPool,
    viewer: i64,
    term: &str,
    offset: u32,
    limit: usize,
) -> Result<Found<(bool, UserHit)>, sqlx::Error> {
    let rows = search::find_users(pool, viewer, term, i64::from(offset), count(limit)).await?;
    Ok(Found::all(rows.into_iter().map(|row| user(row).1).collect()))
}

pub(super) async fn users_of(
    pool: &PgPool,
    viewer: i64,
    ids: &[String],
) -> Result<Found<(bool, UserHit)>, sqlx::Error> {
    let ids = uuids(ids);
    let rows = search::read_users(pool, viewer, &ids).await?;
    Ok(Found::of(&ids, rows.into_iter().map(user).collect()))
}

pub(super) async fn post_ids(
    pool: &PgPool,
    term: &str,
    offset: u32,
    limit: usize,
) -> Result<Vec<String>, sqlx::Error> {
    let ids = search::find_post_ids(pool, term, i64::from(offset), count(limit)).await?;
    Ok(ids.iter().map(Uuid::to_string).collect())
}

pub(super) async fn tagged_post_ids(
    pool: &PgPool,
    tag: &str,
    offset: u32,
    limit: usize,
) -> Result<Vec<String>, sqlx::Error> {
    let ids = search::find_post_ids_by_hashtag(pool, tag, i64::from(offset), count(limit)).await?;
    Ok(ids.iter().map(Uuid::to_string).collect())
}

pub(super) async fn posts_of(
    pool: &PgPool,
    viewer: i64,
    ids: &[String],
) -> Result<Found<PostHit>, sqlx::Error> {
    let ids = uuids(ids);
    let rows = posts::find_all(pool, Some(viewer), &ids).await?;
    Ok(Found::of(&ids, rows.into_iter().map(|row| (row.public_id, post(row))).collect()))
}

pub(super) async fn hashtags(
    pool: &PgPool,
    name: &str,
    offset: u32,
    limit: usize,
) -> Result<Found<HashtagHit>, sqlx::Error> {
    let rows = search::find_hashtags(pool, name, i64::from(offset), count(limit)).await?;
    Ok(Found::all(rows.into_iter().map(tag).collect()))
}

pub(super) async fn hashtags_of(pool: &PgPool, ids: &[String]) -> Result<Found<HashtagHit>, sqlx::Error> {
    let names: Vec<String> = ids.iter().map(|id| hashtag::name_of_document(id).unwrap_or_default()).collect();
    let rows = search::read_hashtags(pool, &names).await?;
    Ok(Found::of(&names, rows.into_iter().map(|row| (row.name.clone(), tag(row))).collect()))
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn user(row: FoundUserRow) -> (Uuid, (bool, UserHit)) {
    let hit = UserHit { username: row.username, name: row.name, avatar: row.avatar };
    (row.public_id, (row.followed, hit))
}

fn tag(row: FoundHashtagRow) -> HashtagHit {
    HashtagHit { name: row.name, post_count: row.posts }
}

fn post(row: PostRow) -> PostHit {
    let first = row.pictures.0.into_iter().next().unwrap_or_default();
    PostHit {
        id: row.public_id,
        username: row.username,
        description: row.description,
        filename: first.filename,
        alt_text: first.alt_text,
        width: first.width,
        height: first.height,
        thumbhash: first.thumbhash,
        likes: row.likes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ranking: &str, there: &str) -> Found<char> {
        let ranking: Vec<char> = ranking.chars().collect();
        Found::of(&ranking, there.chars().map(|c| (c, c)).collect())
    }

    #[test]
    fn the_next_page_starts_behind_what_was_taken() {
        let mut page = found("abcd", "abcd");
        assert_eq!((page.take(2, 3), page.more), (2, true));
        assert_eq!(page.into_items(), ['a', 'b']);
    }

    #[test]
    fn entries_that_are_gone_are_passed_over_once() {
        let mut page = found("abcd", "bd");
        assert_eq!((page.take(1, 3), page.more), (2, true));
        let mut stale = found("abcd", "");
        assert_eq!((stale.take(0, 3), stale.more), (3, true));
        let mut last = found("ab", "b");
        assert_eq!((last.take(1, 3), last.more), (2, false));
    }

    #[test]
    fn one_more_than_a_page_is_left_for_the_next() {
        let mut page = found("abcd", "abcd");
        assert_eq!((page.take(3, 3), page.more), (3, true));
        let mut gone_last = found("abcd", "abc");
        assert_eq!((gone_last.take(3, 3), gone_last.more), (3, true));
    }
}
