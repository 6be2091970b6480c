//! The bucket of all pictures.

use anyhow::Context;
use aws_sdk_s3::{
    Client,
    error::ProvideErrorMetadata,
    types::{BucketLocationConstraint, CreateBucketConfiguration},
};

use crate::{
    config::ObjectStoreConfig,
    runtime::object_store::{self, Bucket},
};

/// The region that a request for a bucket must not name.
const UNNAMED_REGION: &str = "us-east-1";

/// Makes the bucket if it is missing. One that is there needs no right to make buckets.
pub async fn provision(config: &ObjectStoreConfig) -> anyhow::Result<()> {
    let Some(endpoint) = &config.s3_endpoint else { return Ok(()) };
    let client = object_store::client(config, endpoint)?;
    if object_store::look(&client, &config.s3_bucket).await? == Bucket::Missing {
        create(&client, config).await?;
        object_store::look(&client, &config.s3_bucket).await?;
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
