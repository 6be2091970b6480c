//! What somebody looked for last.

use phasma_store::recent_searches::RecentSearchRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::responses::{search::HashtagHit, user::UserHit};

/// A search that is remembered.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecentSearchResponse {
    pub id: Uuid,
    #[serde(flatten)]
    pub found: RecentItem,
}

/// What was looked for, in the shape search shows it in; for posts the text.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", content = "item", rename_all = "lowercase")]
pub enum RecentItem {
    Users(UserHit),
    Hashtags(HashtagHit),
    Posts(String),
}

impl RecentSearchResponse {
    pub fn of(row: RecentSearchRow) -> Option<Self> {
        let RecentSearchRow { public_id: id, username, name, avatar, hashtag, hashtag_posts, query } = row;
        let user = username.zip(name).map(|(username, name)| UserHit { username, name, avatar });
        let hashtag = hashtag.zip(hashtag_posts).map(|(name, post_count)| HashtagHit { name, post_count });
        let found = user
            .map(RecentItem::Users)
            .or_else(|| hashtag.map(RecentItem::Hashtags))
            .or_else(|| query.map(RecentItem::Posts))?;
        Some(Self { id, found })
    }
}
