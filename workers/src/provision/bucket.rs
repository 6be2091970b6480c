//! The bucket of all pictures.

use anyhow::Context;
use aws_sdk_s3::error::ProvideErrorMetadata;

use crate::{config::ObjectStoreConfig, runtime::object_store};

/// Makes the bucket if it is missing.
pub async fn provision(config: &ObjectStoreConfig) -> anyhow::Result<()> {
    let Some(endpoint) = &config.s3_endpoint else { return Ok(()) };
    let client = object_store::client(config, endpoint);
    match client.create_bucket().bucket(&config.s3_bucket).send().await {
        Ok(_) => tracing::info!(bucket = config.s3_bucket, "bucket"),
        Err(error) if matches!(error.code(), Some("BucketAlreadyOwnedByYou" | "BucketAlreadyExists")) => {}
        Err(error) => return Err(object_store::cause(&error)).context("the bucket can't be made"),
    }
    // A bucket of that name which belongs to someone else exists, too.
    client
        .head_bucket()
        .bucket(&config.s3_bucket)
        .send()
        .await
        .map_err(|error| object_store::cause(&error))
        .with_context(|| format!("the bucket {} is there but not ours", config.s3_bucket))?;
    Ok(())
}
