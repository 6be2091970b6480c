//! A bucket: in an installation `provision` makes it, the API never does.

use aws_sdk_s3::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use phasma_api::config::ObjectStoreConfig;

/// Makes the configured bucket.
pub(crate) async fn make(config: &ObjectStoreConfig) {
    let (id, secret) = (config.s3_access_key_id.reveal(), config.s3_secret_access_key.reveal());
    let http = aws_smithy_http_client::Builder::new().build_http();
    let settings = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(&config.s3_endpoint)
        .region(Region::new(config.s3_region.clone()))
        .credentials_provider(Credentials::new(id, secret, None, None, "test"))
        .http_client(http)
        .force_path_style(true)
        .build();
    Client::from_conf(settings).create_bucket().bucket(&config.s3_bucket).send().await.unwrap();
}
