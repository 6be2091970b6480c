//! Making what the programs need in the stores: logins, topics, bucket, indexes and keys. The same for stores that the
//! operator runs and for others. Every step may be repeated; a step without its setting is left out.

mod bucket;
mod database;
mod search;
mod search_documents;
mod topics;

use crate::config::ProvisionConfig;

/// Runs every step.
pub async fn run(config: ProvisionConfig) -> anyhow::Result<()> {
    database::provision(&config).await?;
    topics::provision(&config).await?;
    bucket::provision(&config.object_store).await?;
    search::provision(&config).await?;
    tracing::info!("everything is provisioned");
    Ok(())
}
