//! What clients of the object storage get, managed or external.

use phasma_domain::contract::{buckets, env, ports};

use super::authorities;
use super::inputs::Data;
use super::names::{Component, Target};
use crate::controller::credentials::Credential;
use crate::controller::model::{DataService, External, Platform};

/// SeaweedFS knows no regions; this is what clients assume then.
const REGION: &str = "us-east-1";

/// Who signs requests. An external service has one account for both.
#[derive(Clone, Copy)]
pub(super) enum Account {
    /// Makes the bucket.
    Provision,
    /// Reads and writes in the bucket.
    Api,
}

/// Adds the keys to a service's Secret.
pub(super) fn client_secret(platform: &Platform, account: Account, data: &mut Data) {
    let managed = |key: Credential| platform.credentials.get(key).to_owned();
    let (id, key) = match (&platform.object_storage, account) {
        (DataService::Managed(_), Account::Provision) => {
            (managed(Credential::S3AdminKeyId), managed(Credential::S3AdminSecretKey))
        }
        (DataService::Managed(_), Account::Api) => {
            (managed(Credential::S3ApiKeyId), managed(Credential::S3ApiSecretKey))
        }
        (DataService::External(External::Known(external)), _) => {
            (external.access_key_id.0.clone(), external.secret_access_key.0.clone())
        }
        (DataService::External(External::Unusable(_)), _) => return,
    };
    data.insert(env::S3_ACCESS_KEY_ID.to_owned(), id);
    data.insert(env::S3_SECRET_ACCESS_KEY.to_owned(), key);
}

/// What a client needs to know besides.
pub(super) fn client_environment(platform: &Platform) -> Vec<(&'static str, String)> {
    let (endpoint, region, bucket) = match platform.object_storage.external() {
        Some(external) => (external.endpoint.clone(), external.region.as_str(), external.bucket.as_str()),
        None => (managed_endpoint(platform), REGION, buckets::MEDIA),
    };
    let mut environment = vec![
        (env::S3_ENDPOINT, endpoint),
        (env::S3_REGION, region.to_owned()),
        (env::S3_BUCKET, bucket.to_owned()),
    ];
    environment
        .extend(authorities::file(platform, Target::ObjectStorage).map(|file| (env::S3_CA_FILE, file)));
    environment
}

fn managed_endpoint(platform: &Platform) -> String {
    format!("http://{}:{}", platform.names.of(Component::Seaweedfs), ports::S3)
}
