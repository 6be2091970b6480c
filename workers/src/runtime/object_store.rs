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

use super::{
    authority::{Authority, AuthorityError},
    cause::innermost,
};
use crate::config::ObjectStoreConfig;

/// Opens no connection yet.
pub fn client(config: &ObjectStoreConfig, endpoint: &str) -> Result<Client, AuthorityError> {
    let credentials = Credentials::new(
        &config.s3_access_key_id,
        config.s3_secret_access_key.reveal(),
        None,
        None,
        "environment",
    );
    let mut http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    if let Some(file) = &config.s3_ca_file {
        http = http.tls_context(Authority::read(file)?.tls_context()?);
    }
    let settings = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(config.s3_region.clone()))
        .credentials_provider(credentials)
        .http_client(http.build_https())
        .force_path_style(true)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .build();
    Ok(Client::from_conf(settings))
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

/// Whether the bucket is there. An error says why it can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    There,
    Missing,
}

/// Looks for `bucket` by listing it, because an answer to HEAD has no room for a cause.
pub async fn look(client: &Client, bucket: &str) -> anyhow::Result<Bucket> {
    let Err(error) = client.list_objects_v2().bucket(bucket).max_keys(1).send().await else {
        return Ok(Bucket::There);
    };
    let cause = cause(&error);
    match error.code() {
        Some("NoSuchBucket") => Ok(Bucket::Missing),
        Some("AccessDenied" | "AllAccessDisabled") => Err(cause
            .context(format!("the bucket {bucket} belongs to someone else, or these keys may not list it"))),
        Some("InvalidAccessKeyId" | "SignatureDoesNotMatch") => {
            Err(cause.context("accessKeyId and secretAccessKey are refused"))
        }
        Some("PermanentRedirect" | "AuthorizationHeaderMalformed") => {
            Err(cause.context(format!("the bucket {bucket} is in another region")))
        }
        _ => Err(cause),
    }
}
