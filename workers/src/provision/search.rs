//! Search indexes with their settings, what they hold when they are made anew, and the scoped keys of those who use them.
//!
//! The keys come last: without its key Redpanda Connect waits, so nothing it writes can be overtaken by older state
//! that is read from the tables here, and a run that was cut short fills the indexes again.

use std::time::Duration;

use anyhow::{Context, bail};
use meilisearch_sdk::{
    client::Client,
    errors::{Error as SearchError, ErrorCode},
    key::{Action, KeyBuilder},
    settings::Settings,
    task_info::TaskInfo,
    tasks::Task,
};
use phasma_domain::contract::{indexes, search_keys};

use super::search_documents;
use crate::config::ProvisionConfig;

const TASK_LIMIT: Duration = Duration::from_secs(60);
pub(super) const PRIMARY_KEY: &str = "id";

/// Makes indexes and keys; an engine without our keys is new, and its indexes are filled from the tables.
pub async fn provision(provision: &ProvisionConfig) -> anyhow::Result<()> {
    let config = &provision.search;
    let Some(url) = &config.search_url else { return Ok(()) };
    let key = config.search_key.as_ref().map(crate::config::Hidden::reveal);
    let client = Client::new(url, key).context("the address of the search engine is malformed")?;
    for index in indexes::ALL {
        let name = format!("{}{index}", config.search_index_prefix);
        let made = client.create_index(&name, Some(PRIMARY_KEY)).await?;
        finish(&client, made, &[ErrorCode::IndexAlreadyExists]).await?;
        let settings = client.index(&name).set_settings(&settings(index)).await?;
        finish(&client, settings, &[]).await?;
        tracing::info!(index = name, "index");
    }
    let prefix = &config.search_index_prefix;
    if !key_exists(&client, search_keys::DOCUMENTS).await? {
        search_documents::fill(&provision.database, &client, prefix).await?;
    }
    make_key(&client, prefix, search_keys::API, "Searches of the API", &[Action::Search]).await?;
    let writes = [Action::DocumentsAdd, Action::DocumentsDelete, Action::TasksGet];
    make_key(&client, prefix, search_keys::DOCUMENTS, "Documents by Redpanda Connect", &writes).await
}

/// What of a document is searched, and by what it is filtered.
fn settings(index: &str) -> Settings {
    let (searchable, filterable): (&[&str], &[&str]) = match index {
        indexes::USERS => (&["username", "name", "bio"], &[]),
        indexes::POSTS => (&["description", "hashtags"], &["hashtags", "authorId"]),
        _ => (&["name"], &[]),
    };
    Settings::new()
        .with_searchable_attributes(searchable)
        .with_filterable_attributes(filterable)
        .with_sortable_attributes(["seq"])
        .with_displayed_attributes([PRIMARY_KEY, "name"])
}

/// Waits for a task; the failures in `fine` are none.
pub(super) async fn finish(client: &Client, task: TaskInfo, fine: &[ErrorCode]) -> anyhow::Result<()> {
    match client.wait_for_task(task, None, Some(TASK_LIMIT)).await? {
        Task::Failed { content } if !fine.contains(&content.error.error_code) => {
            bail!("the search engine refused a task: {}", content.error.error_message)
        }
        _ => Ok(()),
    }
}

async fn key_exists(client: &Client, uid: &str) -> Result<bool, SearchError> {
    match client.get_key(uid).await {
        Ok(_) => Ok(true),
        Err(SearchError::Meilisearch(refusal)) if refusal.error_code == ErrorCode::ApiKeyNotFound => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Makes the key `uid`, unless it is there.
async fn make_key(
    client: &Client,
    prefix: &str,
    uid: &str,
    name: &str,
    actions: &[Action],
) -> anyhow::Result<()> {
    if key_exists(client, uid).await? {
        return Ok(());
    }
    let mut key = KeyBuilder::new();
    key.with_uid(uid).with_name(name).with_actions(actions.iter().cloned());
    key.with_indexes([format!("{prefix}*")]);
    client.create_key(&key).await.with_context(|| format!("the search key {name:?} can't be made"))?;
    tracing::info!(key = name, "search key");
    Ok(())
}
