//! Filling search indexes that were made anew with what the tables hold.

use anyhow::Context;
use meilisearch_sdk::client::Client;
use phasma_domain::contract::indexes;
use phasma_store::search_documents::{self as store, HashtagDocumentRow, PostDocumentRow, UserDocumentRow};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use time::format_description::well_known::Rfc3339;

use super::search::{PRIMARY_KEY, finish};
use crate::config::DatabaseConfig;

/// Documents read and sent at once.
const BATCH: i64 = 1_000;
/// What came by no event has no sequence number; every event is newer.
const SEQ: i64 = 0;

/// Fills every index. Documents that are there already are replaced.
pub async fn fill(database: &DatabaseConfig, client: &Client, prefix: &str) -> anyhow::Result<()> {
    let url = database.database_url.reveal();
    let mut database = PgConnection::connect(url).await.context("the database can't be reached")?;
    for index in indexes::ALL {
        let name = format!("{prefix}{index}");
        let (mut after, mut count) = (0, 0);
        while let Some((last, documents)) = page(&mut database, index, after).await? {
            let sent = client.index(&name).add_or_replace(&documents, Some(PRIMARY_KEY)).await?;
            finish(client, sent, &[]).await?;
            (after, count) = (last, count + documents.len());
        }
        tracing::info!(index = name, documents = count, "filled");
    }
    Ok(())
}

/// The next documents of an index and the key they end with; `None` at the end.
async fn page(
    database: &mut PgConnection,
    index: &str,
    after: i64,
) -> anyhow::Result<Option<(i64, Vec<Value>)>> {
    let rows: Vec<(i64, Value)> = match index {
        indexes::USERS => {
            let rows = store::list_users(database, after, BATCH).await?;
            rows.into_iter().map(|row| (row.key, user(row))).collect()
        }
        indexes::POSTS => {
            let rows = store::list_posts(database, after, BATCH).await?;
            rows.into_iter().map(|row| Ok((row.key, post(row)?))).collect::<anyhow::Result<_>>()?
        }
        _ => {
            let rows = store::list_hashtags(database, after, BATCH).await?;
            rows.into_iter().map(|row| (row.key, hashtag(&row))).collect()
        }
    };
    let last = rows.last().map(|(key, _)| *key);
    Ok(last.map(|last| (last, rows.into_iter().map(|(_, document)| document).collect())))
}

// The same documents as pipeline `search-sync` makes of events.

fn user(row: UserDocumentRow) -> Value {
    json!({"id": row.public_id, "seq": SEQ, "username": row.username, "name": row.name, "bio": row.bio})
}

fn post(row: PostDocumentRow) -> anyhow::Result<Value> {
    Ok(json!({
        "id": row.public_id, "seq": SEQ, "description": row.description, "hashtags": row.hashtags,
        "authorId": row.author_id, "created": row.created.format(&Rfc3339)?,
    }))
}

fn hashtag(row: &HashtagDocumentRow) -> Value {
    let id: String = row.name.bytes().map(|byte| format!("{byte:02x}")).collect();
    json!({"id": id, "seq": SEQ, "name": row.name})
}
