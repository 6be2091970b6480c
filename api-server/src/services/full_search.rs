//! Full search. The search engine says which and in what order; PostgreSQL says what they look like now, and
//! answers alone while there is no engine. A page's cursor counts, for each kind, how far into its ranking the
//! pages so far have come.

use phasma_domain::{contract::indexes, hashtag};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    clients::search::{Query, Search, SearchError},
    error::ApiError,
    extract::Viewer,
    responses::{
        page::{Page, decode, encode},
        search::{BlendedHit, HashtagHit, PostHit, SearchItem},
        user::UserHit,
    },
    telemetry::names,
};

mod blend;
mod found;

use blend::blend;
use found::Found;

/// Longest query, in code points.
const QUERY_MAX: usize = 50;

/// What to look among.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Users,
    Posts,
    Hashtags,
    #[default]
    All,
}

/// How far each ranking has been shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Offsets {
    u: u32,
    p: u32,
    h: u32,
}

/// A page, and whether the search engine had no part in it.
pub struct Answer {
    pub page: Page<SearchItem>,
    pub by_postgresql: bool,
}

/// A query, trimmed, 1 to 50 code points.
pub fn parse_query(text: &str) -> Result<&str, ApiError> {
    let query = text.trim();
    if query.is_empty() || query.chars().count() > QUERY_MAX {
        return Err(ApiError::Invalid(format!("The search must be 1 to {QUERY_MAX} characters.")));
    }
    Ok(query)
}

/// Finds a page of `limit` items.
pub async fn search(
    app: &App,
    viewer: &Viewer,
    query: &str,
    kind: Kind,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Answer, ApiError> {
    let query = parse_query(query)?;
    let offsets = cursor.map_or_else(|| Ok(Offsets::default()), decode::<Offsets>)?;
    if let Some(engine) = &app.search {
        match pages(app, viewer, Some(engine), query, kind, offsets, limit).await {
            Ok(page) => return Ok(Answer { page, by_postgresql: false }),
            Err(Failure::Engine(error)) => tracing::warn!(%error, "searching without the search engine"),
            Err(Failure::Api(error)) => return Err(error),
        }
    }
    let reason = if app.search.is_some() { "unavailable" } else { "disabled" };
    metrics::counter!(names::SEARCH_FALLBACK, "reason" => reason).increment(1);
    match pages(app, viewer, None, query, kind, offsets, limit).await {
        Ok(page) => Ok(Answer { page, by_postgresql: true }),
        Err(Failure::Api(error)) => Err(error),
        Err(Failure::Engine(error)) => Err(ApiError::unavailable(error)),
    }
}

/// Why a page could not be found: the engine can be done without.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Engine(#[from] SearchError),
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Api(error.into())
    }
}

async fn pages(
    app: &App,
    viewer: &Viewer,
    engine: Option<&Search>,
    query: &str,
    kind: Kind,
    offsets: Offsets,
    limit: usize,
) -> Result<Page<SearchItem>, Failure> {
    let asked = |wanted: Kind| kind == wanted || kind == Kind::All;
    let finder = Finder { app, viewer, engine, query, limit };
    let users = async { if asked(Kind::Users) { finder.users(offsets.u).await } else { Ok(Found::none()) } };
    let posts = async { if asked(Kind::Posts) { finder.posts(offsets.p).await } else { Ok(Found::none()) } };
    let hashtags =
        async { if asked(Kind::Hashtags) { finder.hashtags(offsets.h).await } else { Ok(Found::none()) } };
    let (mut users, mut posts, mut hashtags) = tokio::try_join!(users, posts, hashtags)?;
    let quota = blend(limit, [users.len(), posts.len(), hashtags.len()]);
    let next = Offsets {
        u: offsets.u + users.take(quota[0], limit),
        p: offsets.p + posts.take(quota[1], limit),
        h: offsets.h + hashtags.take(quota[2], limit),
    };
    let more = users.more || posts.more || hashtags.more;
    let next_cursor = if more { Some(encode(&next)?) } else { None };
    Ok(Page { items: items(kind, users, posts, hashtags), next_cursor })
}

/// People first, those the viewer follows at the very front.
fn items(
    kind: Kind,
    users: Found<(bool, UserHit)>,
    posts: Found<PostHit>,
    hashtags: Found<HashtagHit>,
) -> Vec<SearchItem> {
    let mut people = users.into_items();
    people.sort_by_key(|(followed, _)| !followed);
    let people = people.into_iter().map(|(_, user)| user);
    match kind {
        Kind::All => {
            let people = people.map(BlendedHit::Users);
            let hashtags = hashtags.into_items().into_iter().map(BlendedHit::Hashtags);
            let posts = posts.into_items().into_iter().map(BlendedHit::Posts);
            people.chain(hashtags).chain(posts).map(SearchItem::Blended).collect()
        }
        Kind::Users => people.map(SearchItem::User).collect(),
        Kind::Posts => posts.into_items().into_iter().map(SearchItem::Post).collect(),
        Kind::Hashtags => hashtags.into_items().into_iter().map(SearchItem::Hashtag).collect(),
    }
}

/// Looks up one kind at a time.
struct Finder<'a> {
    app: &'a App,
    viewer: &'a Viewer,
    engine: Option<&'a Search>,
    query: &'a str,
    limit: usize,
}

impl Finder<'_> {
    /// The query without the sign that makes it a tag.
    fn term(&self) -> &str {
        self.query.strip_prefix('#').unwrap_or(self.query)
    }

    /// The tag the query names, if it is one.
    fn tag(&self) -> Option<String> {
        self.query.strip_prefix('#').filter(|name| !name.is_empty()).map(hashtag::normalize)
    }

    /// One more than the page, to know whether there is more.
    fn wanted(&self) -> usize {
        self.limit + 1
    }

    async fn ids(&self, engine: &Search, index: &str, offset: u32) -> Result<Vec<String>, SearchError> {
        let text = self.term();
        engine.ids(Query { index, text, offset: offset as usize, limit: self.wanted() }).await
    }

    async fn users(&self, offset: u32) -> Result<Found<(bool, UserHit)>, Failure> {
        let pool = &self.app.pool;
        let Some(engine) = self.engine else {
            return Ok(found::users(pool, self.viewer.id(), self.term(), offset, self.wanted()).await?);
        };
        let ids = self.ids(engine, indexes::USERS, offset).await?;
        Ok(found::users_of(pool, self.viewer.id(), &ids).await?)
    }

    async fn posts(&self, offset: u32) -> Result<Found<PostHit>, Failure> {
        let pool = &self.app.pool;
        let ids = match (self.tag(), self.engine) {
            // Which posts carry a tag is known exactly, and at once.
            (Some(tag), _) => found::tagged_post_ids(pool, &tag, offset, self.wanted()).await?,
            (None, None) => found::post_ids(pool, self.term(), offset, self.wanted()).await?,
            (None, Some(engine)) => self.ids(engine, indexes::POSTS, offset).await?,
        };
        Ok(found::posts_of(pool, self.viewer.id(), &ids).await?)
    }

    async fn hashtags(&self, offset: u32) -> Result<Found<HashtagHit>, Failure> {
        let pool = &self.app.pool;
        let Some(engine) = self.engine else {
            let name = hashtag::normalize(self.term());
            return Ok(found::hashtags(pool, &name, offset, self.wanted()).await?);
        };
        let ids = self.ids(engine, indexes::HASHTAGS, offset).await?;
        Ok(found::hashtags_of(pool, &ids).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_trimmed_and_bounded_in_code_points() {
        assert_eq!(parse_query(" sea ").unwrap(), "sea");
        assert!(parse_query(&"ü".repeat(50)).is_ok());
        assert!(parse_query(&"ü".repeat(51)).is_err() && parse_query(" ").is_err());
    }
}
