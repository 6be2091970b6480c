//! The bucket of all pictures, and the keys that open it.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_s3::error::ProvideErrorMetadata;
use tokio::time::{Instant, sleep};

use crate::{
    config::{ObjectStoreConfig, S3Key},
    runtime::object_store,
};

/// The kubelet renews mounted files about once a minute, and the store reads them then. A Job that gives up is started
/// again.
const LIMIT: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_secs(1);

/// Makes the bucket if it is missing, and waits until every one of `keys` opens it.
pub async fn provision(config: &ObjectStoreConfig, keys: &[S3Key]) -> anyhow::Result<()> {
    let Some(endpoint) = &config.s3_endpoint else { return Ok(()) };
    make(config, endpoint).await?;
    for key in keys {
        accepted(config, endpoint, key).await?;
    }
    Ok(())
}

async fn accepted(config: &ObjectStoreConfig, endpoint: &str, key: &S3Key) -> anyhow::Result<()> {
    let config = ObjectStoreConfig {
        s3_access_key_id: key.id.clone(),
        s3_secret_access_key: key.secret.clone(),
        ..config.clone()
    };
    let client = object_store::client(&config, endpoint);
    let deadline = Instant::now() + LIMIT;
    while let Err(error) = client.head_bucket().bucket(&config.s3_bucket).send().await {
        if Instant::now() >= deadline {
            return Err(object_store::cause(&error)).context("the object store doesn't accept a new key");
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

async fn make(config: &ObjectStoreConfig, endpoint: &str) -> anyhow::Result<()> {
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
