//! The bucket of all pictures, and the keys that open it.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_s3::{
    Client,
    error::ProvideErrorMetadata,
    types::{BucketLocationConstraint, CreateBucketConfiguration},
};
use tokio::time::{Instant, sleep};

use crate::{
    config::{ObjectStoreConfig, S3Key},
    runtime::object_store::{self, Bucket},
};

/// The region that a request for a bucket must not name.
const UNNAMED_REGION: &str = "us-east-1";
/// The kubelet renews mounted files about once a minute, and the store reads them then. A Job that gives up is started
/// again.
const LIMIT: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_secs(1);

/// Makes the bucket if it is missing, and waits until every one of `keys` opens it. A bucket that is there needs no right
/// to make buckets.
pub async fn provision(config: &ObjectStoreConfig, keys: &[S3Key]) -> anyhow::Result<()> {
    let Some(endpoint) = &config.s3_endpoint else { return Ok(()) };
    let client = object_store::client(config, endpoint)?;
    if object_store::look(&client, &config.s3_bucket).await? == Bucket::Missing {
        create(&client, config).await?;
        object_store::look(&client, &config.s3_bucket).await?;
    }
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
    let client = object_store::client(&config, endpoint)?;
    let deadline = Instant::now() + LIMIT;
    while let Err(error) = client.head_bucket().bucket(&config.s3_bucket).send().await {
        if Instant::now() >= deadline {
            return Err(object_store::cause(&error)).context("the object store doesn't accept a new key");
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

async fn create(client: &Client, config: &ObjectStoreConfig) -> anyhow::Result<()> {
    let request =
        client.create_bucket().bucket(&config.s3_bucket).set_create_bucket_configuration(place(config));
    match request.send().await {
        Ok(_) => tracing::info!(bucket = config.s3_bucket, "bucket"),
        // Somebody was faster; whose it is shows when it is used.
        Err(error) if matches!(error.code(), Some("BucketAlreadyOwnedByYou" | "BucketAlreadyExists")) => {}
        Err(error) => {
            return Err(object_store::cause(&error))
                .with_context(|| format!("the bucket {} is missing and can't be made", config.s3_bucket));
        }
    }
    Ok(())
}

fn place(config: &ObjectStoreConfig) -> Option<CreateBucketConfiguration> {
    let region = BucketLocationConstraint::from(config.s3_region.as_str());
    (config.s3_region != UNNAMED_REGION)
        .then(|| CreateBucketConfiguration::builder().location_constraint(region).build())
}
