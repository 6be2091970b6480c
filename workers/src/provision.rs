//! Making what the programs need in the stores: logins, topics, bucket, indexes and keys. The same for stores that the
//! operator runs and for others. Every step may be repeated; a step without its setting is left out.

mod bucket;
pub mod certificate;
mod database;
mod search;
mod search_documents;
mod topics;

use anyhow::Context;
use phasma_store::logins;

use crate::config::{Hidden, ProvisionConfig};

/// Runs every step.
pub async fn run(config: ProvisionConfig) -> anyhow::Result<()> {
    database(&config).await?;
    topics::provision(&config).await?;
    bucket::provision(&config.object_store, &config.s3_awaited_keys).await?;
    search::provision(&config).await?;
    tracing::info!("everything is provisioned");
    Ok(())
}

/// What only the owner may do. Without a login or a certificate to look after, nobody connects.
async fn database(config: &ProvisionConfig) -> anyhow::Result<()> {
    let logins = &config.logins;
    let given =
        [&logins.owner_password, &logins.api_password, &logins.consumers_password, &logins.relay_password];
    if config.database_certificate.is_none() && given.iter().all(|password| password.is_none()) {
        return Ok(());
    }
    let url = config.database.database_url.reveal();
    let former = config.database_url_former.as_ref().map(Hidden::reveal);
    let mut connection =
        logins::connect_as_owner(url, former).await.context("the database can't be reached")?;
    database::provision(&mut connection, logins).await?;
    match &config.database_certificate {
        Some(wanted) => certificate::provision(&mut connection, url, wanted).await,
        None => Ok(()),
    }
}
