//! The object store that holds every picture, over S3 with path-style addresses.
//!
//! Calls are bounded in time and repeated by the SDK where that is safe. Bodies are streamed: a body that stalls is
//! ended by the SDK's own watch.

use std::time::Duration;

use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        timeout::TimeoutConfig,
    },
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::get_object::GetObjectOutput,
    primitives::ByteStream,
    types::{Delete, ObjectIdentifier},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use super::authority::{Authority, AuthorityError};
use crate::config::ObjectStoreConfig;

/// Opening a connection in the same cluster.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// One attempt of a call, up to the answer's head.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// A call with its repetitions.
const CALL_TIMEOUT: Duration = Duration::from_secs(12);
/// Keys in one multi-delete, by the S3 protocol.
const MAX_DELETE: usize = 1000;

#[derive(Clone)]
pub struct ObjectStore {
    client: Client,
    bucket: String,
}

/// An object, or the range of it that was asked for, on its way.
pub struct Blob {
    pub body: ByteStream,
    /// Bytes of `body`.
    pub length: u64,
    /// `Content-Range`, when `body` is a part.
    pub range: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ObjectStoreError {
    #[error("there is no such object")]
    NotFound,
    #[error("the range lies outside the object")]
    RangeNotSatisfiable,
    #[error("the object store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ObjectStore {
    /// Opens no connection yet.
    pub fn new(config: &ObjectStoreConfig) -> Result<Self, AuthorityError> {
        let credentials = Credentials::new(
            config.s3_access_key_id.reveal(),
            config.s3_secret_access_key.reveal(),
            None,
            None,
            "environment",
        );
        let mut http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
        if let Some(file) = &config.s3_ca_file {
            http = http.tls_context(Authority::read(file)?.tls_context()?);
        }
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        let settings = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&config.s3_endpoint)
            .region(Region::new(config.s3_region.clone()))
            .credentials_provider(credentials)
            .http_client(http.build_https())
            .timeout_config(timeouts)
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        Ok(Self { client: Client::from_conf(settings), bucket: config.s3_bucket.clone() })
    }

    /// Whether the bucket is there and answers.
    pub async fn check(&self) -> Result<(), ObjectStoreError> {
        self.client.head_bucket().bucket(&self.bucket).send().await?;
        Ok(())
    }

    /// Stores `bytes`, over whatever was there.
    pub async fn put(&self, key: &str, content_type: &str, bytes: Vec<u8>) -> Result<(), ObjectStoreError> {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .body(bytes.into())
            .send()
            .await?;
        Ok(())
    }

    /// Opens an object; `range` is one range as HTTP writes it, such as `bytes=0-99`.
    pub async fn get(&self, key: &str, range: Option<&str>) -> Result<Blob, ObjectStoreError> {
        let request =
            self.client.get_object().bucket(&self.bucket).key(key).set_range(range.map(str::to_owned));
        let GetObjectOutput { body, content_length, content_range, .. } = request.send().await?;
        let length = content_length
            .and_then(|length| u64::try_from(length).ok())
            .ok_or_else(|| ObjectStoreError::Unavailable("an object came without its length".into()))?;
        Ok(Blob { body, length, range: content_range })
    }

    /// Deletes objects; those that aren't there are no error.
    pub async fn delete(&self, keys: &[String]) -> Result<(), ObjectStoreError> {
        for some in keys.chunks(MAX_DELETE) {
            let output =
                self.client.delete_objects().bucket(&self.bucket).delete(deletion(some)?).send().await?;
            if let Some(error) = output.errors().first() {
                let message = format!("{:?}: {:?}", error.code(), error.message());
                return Err(ObjectStoreError::Unavailable(message.into()));
            }
        }
        Ok(())
    }
}

fn deletion(keys: &[String]) -> Result<Delete, BuildError> {
    let objects =
        keys.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect::<Result<Vec<_>, _>>()?;
    Delete::builder().set_objects(Some(objects)).quiet(true).build()
}

impl From<BuildError> for ObjectStoreError {
    fn from(error: BuildError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl<E> From<SdkError<E>> for ObjectStoreError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        match error.raw_response().map(|response| response.status().as_u16()) {
            Some(404) if error.code() != Some("NoSuchBucket") => Self::NotFound,
            Some(416) => Self::RangeNotSatisfiable,
            _ => Self::Unavailable(error.into()),
        }
    }
}
