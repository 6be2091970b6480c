//! Generated credentials of one resource: made once, completed when a newer operator needs more, never printed.
//!
//! They live in one Secret that no pod mounts. What each service needs of them is copied into the service's own Secret
//! by [`super::build`].

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// One credential; the name is its key in the Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Credential {
    PostgresOwnerPassword,
    ApiDatabasePassword,
    ConsumersDatabasePassword,
    RelayDatabasePassword,
    CachePassword,
    /// S3 identity that may make the bucket.
    S3AdminKeyId,
    S3AdminSecretKey,
    /// S3 identity of the API.
    S3ApiKeyId,
    S3ApiSecretKey,
    SearchMasterKey,
    /// The broker's superuser.
    BrokerPassword,
    BrokerProvisionPassword,
    BrokerRelayPassword,
    BrokerConsumersPassword,
    BrokerConnectPassword,
    SessionKey,
    InternalToken,
    FrontendToken,
    /// Key of the hashes in pod annotations, so that they say nothing about the secrets.
    Salt,
}

impl Credential {
    pub const ALL: [Credential; 19] = [
        Credential::PostgresOwnerPassword,
        Credential::ApiDatabasePassword,
        Credential::ConsumersDatabasePassword,
        Credential::RelayDatabasePassword,
        Credential::CachePassword,
        Credential::S3AdminKeyId,
        Credential::S3AdminSecretKey,
        Credential::S3ApiKeyId,
        Credential::S3ApiSecretKey,
        Credential::SearchMasterKey,
        Credential::BrokerPassword,
        Credential::BrokerProvisionPassword,
        Credential::BrokerRelayPassword,
        Credential::BrokerConsumersPassword,
        Credential::BrokerConnectPassword,
        Credential::SessionKey,
        Credential::InternalToken,
        Credential::FrontendToken,
        Credential::Salt,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Credential::PostgresOwnerPassword => "postgres-owner-password",
            Credential::ApiDatabasePassword => "api-database-password",
            Credential::ConsumersDatabasePassword => "consumers-database-password",
            Credential::RelayDatabasePassword => "relay-database-password",
            Credential::CachePassword => "cache-password",
            Credential::S3AdminKeyId => "s3-admin-key-id",
            Credential::S3AdminSecretKey => "s3-admin-secret-key",
            Credential::S3ApiKeyId => "s3-api-key-id",
            Credential::S3ApiSecretKey => "s3-api-secret-key",
            Credential::SearchMasterKey => "search-master-key",
            Credential::BrokerPassword => "broker-password",
            Credential::BrokerProvisionPassword => "broker-provision-password",
            Credential::BrokerRelayPassword => "broker-relay-password",
            Credential::BrokerConsumersPassword => "broker-consumers-password",
            Credential::BrokerConnectPassword => "broker-connect-password",
            Credential::SessionKey => "session-key",
            Credential::InternalToken => "internal-token",
            Credential::FrontendToken => "frontend-token",
            Credential::Salt => "salt",
        }
    }

    /// A new value of 256 random bits (128 for a key id). All but the session key fit into a URL unescaped.
    fn generate(self) -> String {
        let random: [u8; 32] = rand::random();
        match self {
            Credential::S3AdminKeyId | Credential::S3ApiKeyId => hex(&random[..16]),
            Credential::SessionKey => STANDARD.encode(random),
            _ => URL_SAFE_NO_PAD.encode(random),
        }
    }
}

/// All credentials of a resource. `Debug` shows none.
#[derive(Clone, PartialEq)]
pub struct Credentials(BTreeMap<Credential, String>);

impl Credentials {
    /// Takes what a Secret holds and makes what it lacks.
    pub fn complete(existing: &BTreeMap<String, String>) -> Self {
        let value = |credential: Credential| {
            let kept = existing.get(credential.as_str()).filter(|value| !value.is_empty());
            kept.cloned().unwrap_or_else(|| credential.generate())
        };
        Self(Credential::ALL.into_iter().map(|credential| (credential, value(credential))).collect())
    }

    pub fn get(&self, credential: Credential) -> &str {
        self.0.get(&credential).map_or("", String::as_str)
    }

    /// The content of the Secret.
    pub fn data(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(credential, value)| (credential.as_str().to_owned(), value.clone())).collect()
    }

    /// Keyed hash of secrets and configuration: changes when they do, and tells nothing about them.
    pub fn keyed_hash(&self, content: &str) -> String {
        hex(&hmac(self.get(Credential::Salt), content)[..8])
    }

    /// Meilisearch derives each key from the master key and the key's uid, so it is known before the store is up.
    pub fn search_key(&self, uid: &str) -> String {
        derived_search_key(self.get(Credential::SearchMasterKey), uid)
    }
}

/// The key with this uid in a Meilisearch with this master key.
pub fn derived_search_key(master: &str, uid: &str) -> String {
    hex(&hmac(master, uid))
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

fn hmac(key: &str, content: &str) -> [u8; 32] {
    // HMAC takes a key of any length, so the error case does not exist.
    Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .map(|mac| mac.chain_update(content.as_bytes()).finalize().into_bytes().into())
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_values_stay_and_missing_ones_are_made() {
        let existing = BTreeMap::from([("cache-password".to_owned(), "kept".to_owned())]);
        let credentials = Credentials::complete(&existing);
        assert_eq!(credentials.get(Credential::CachePassword), "kept");
        assert_eq!(credentials.data().len(), Credential::ALL.len());
        assert_eq!(Credentials::complete(&credentials.data()), credentials);
    }

    #[test]
    fn generated_values_differ_and_suit_their_use() {
        let one = Credentials::complete(&BTreeMap::new());
        let two = Credentials::complete(&BTreeMap::new());
        for credential in Credential::ALL {
            assert_ne!(one.get(credential), two.get(credential), "{credential:?}");
        }
        let url_safe = |value: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        assert!(url_safe(one.get(Credential::ApiDatabasePassword)));
        assert_eq!(STANDARD.decode(one.get(Credential::SessionKey)).expect("base64").len(), 32);
    }

    #[test]
    fn search_keys_are_derived_as_the_search_engine_does() {
        // HMAC-SHA256 with key "masterKey" of the uid, computed with openssl.
        let master = BTreeMap::from([("search-master-key".to_owned(), "masterKey".to_owned())]);
        let credentials = Credentials::complete(&master);
        assert_eq!(credentials.search_key("74c9c733-3368-4738-bbe5-1d18a5fecb37"), SEARCH_KEY_BY_OPENSSL);
    }

    #[test]
    fn nothing_secret_is_shown_for_debugging() {
        let credentials = Credentials::complete(&BTreeMap::new());
        assert_eq!(format!("{credentials:?}"), "Credentials(..)");
    }

    const SEARCH_KEY_BY_OPENSSL: &str = "1f9a5b47f5439bff2e2603c5c295ad55e888c92a57f607ab76ab046118556da6";
}
