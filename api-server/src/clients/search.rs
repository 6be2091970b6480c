//! Meilisearch: finds the ids of matching documents. What they look like is read from PostgreSQL, so a stale index
//! shows nothing that is gone.

use std::time::Duration;

use meilisearch_sdk::{client::Client, errors::Error};
use serde::Deserialize;

use crate::config::SearchConfig;

/// A search that takes longer is answered by PostgreSQL instead.
const TIMEOUT: Duration = Duration::from_millis(1500);

#[derive(Clone)]
pub struct Search {
    client: Client,
    prefix: String,
}

/// What to look for, and which stretch of the answers.
pub struct Query<'a> {
    pub index: &'a str,
    pub text: &'a str,
    pub offset: usize,
    pub limit: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    #[error("the search engine did not answer in time")]
    Timeout,
    #[error(transparent)]
    Engine(#[from] Error),
}

/// The one field of a document that is asked for.
#[derive(Deserialize)]
struct Document {
    id: String,
}

impl Search {
    /// `None` where no search engine is configured.
    pub fn new(config: &SearchConfig) -> Result<Option<Self>, Error> {
        let Some(url) = config.search_url.as_deref().filter(|url| !url.is_empty()) else { return Ok(None) };
        let key = config.search_key.as_ref().map(super::super::config::Secret::reveal);
        Ok(Some(Self { client: Client::new(url, key)?, prefix: config.search_index_prefix.clone() }))
    }

    /// Ids of the documents that match, best first.
    pub async fn ids(&self, query: Query<'_>) -> Result<Vec<String>, SearchError> {
        let index = self.client.index(format!("{}{}", self.prefix, query.index));
        let mut search = index.search();
        search.with_query(query.text).with_offset(query.offset).with_limit(query.limit);
        search.with_attributes_to_retrieve(meilisearch_sdk::search::Selectors::Some(&["id"]));
        let found = tokio::time::timeout(TIMEOUT, search.execute::<Document>())
            .await
            .map_err(|_| SearchError::Timeout)??;
        Ok(found.hits.into_iter().map(|hit| hit.result.id).collect())
    }

    /// Whether the engine answers.
    pub async fn is_healthy(&self) -> bool {
        matches!(tokio::time::timeout(TIMEOUT, self.client.health()).await, Ok(Ok(_)))
    }
}
