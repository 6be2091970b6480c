//! A client of the S3 service, with path-style addresses and without the SDK's own checksums, which older services
//! don't know.

use std::error::Error;

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation},
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use super::cause::innermost;
use crate::config::ObjectStoreConfig;

/// Opens no connection yet.
pub fn client(config: &ObjectStoreConfig, endpoint: &str) -> Client {
    let credentials = Credentials::new(
        &config.s3_access_key_id,
        config.s3_secret_access_key.reveal(),
        None,
        None,
        "environment",
    );
    let settings = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(config.s3_region.clone()))
        .credentials_provider(credentials)
        .http_client(Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https())
        .force_path_style(true)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .build();
    Client::from_conf(settings)
}

/// Why a request failed, in one line: the SDK's own words are for its authors.
pub fn cause<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> anyhow::Error {
    if let Some(response) = error.raw_response() {
        let status = response.status().as_u16();
        return match error.code() {
            Some(code) => anyhow::anyhow!("the object store answers {status}: {code}"),
            None => anyhow::anyhow!("the object store answers {status}"),
        };
    }
    anyhow::anyhow!("{}", innermost(error))
}
