//! Generated credentials of one resource: made once, completed when a newer operator needs more, never printed.
//!
//! They live in one Secret that no pod mounts. What each service needs of them is copied into the service's own Secret
//! by [`super::build`].

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};

use super::rotation::{Change, Rotation, Scope, Step};

/// Key of the Secret that holds the state of rotations.
const ROTATION: &str = "rotation";
/// Key of the Secret that holds the session keys of before.
const FORMER_SESSION_KEYS: &str = "former-session-keys";
/// Behind a credential's name: the other value that is valid during its rotation.
const OTHER: &str = ".other";
/// No session lives longer, so one that a former key signed is gone by then. A day more for clocks that differ.
const SESSION_KEY_LIFE: Duration = Duration::days(31);

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

/// A session key that signs no more, and how long sessions of its time may live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FormerKey {
    key: String,
    /// Seconds since 1970.
    until: i64,
}

/// All credentials of a resource. `Debug` shows none.
#[derive(Clone, PartialEq)]
pub struct Credentials {
    values: BTreeMap<Credential, String>,
    /// During a rotation: the new values until they are taken into use, then the old ones.
    others: BTreeMap<Credential, String>,
    former_session_keys: Vec<FormerKey>,
    rotation: Rotation,
}

impl Credentials {
    /// Takes what a Secret holds and makes what it lacks.
    pub fn complete(existing: &BTreeMap<String, String>) -> Self {
        let kept = |name: &str| existing.get(name).filter(|value| !value.is_empty()).cloned();
        let value =
            |credential: Credential| kept(credential.as_str()).unwrap_or_else(|| credential.generate());
        let other = |credential: Credential| Some((credential, kept(&other_key(credential))?));
        Self {
            values: Credential::ALL.into_iter().map(|credential| (credential, value(credential))).collect(),
            others: Credential::ALL.into_iter().filter_map(other).collect(),
            former_session_keys: parsed(existing, FORMER_SESSION_KEYS),
            rotation: parsed(existing, ROTATION),
        }
    }

    pub fn rotation(&self) -> &Rotation {
        &self.rotation
    }

    /// Drops session keys of which no session can be left.
    pub fn without_expired(mut self, now: OffsetDateTime) -> Self {
        self.former_session_keys.retain(|former| former.until > now.unix_timestamp());
        self
    }

    /// Goes with the rotation into its next state.
    pub fn follow(mut self, next: Rotation, now: OffsetDateTime) -> Self {
        if next.scope == Scope::All {
            match next.step {
                Step::Idle => {}
                Step::Prepare => self.make_others(),
                Step::Switch => self.take_into_use(),
                Step::Retire => self.withdraw(now),
            }
        }
        self.rotation = next;
        self
    }

    fn make_others(&mut self) {
        let overlapping = Credential::ALL.into_iter().filter(|c| Change::of(*c) == Change::Overlap);
        self.others = overlapping.map(|credential| (credential, credential.generate())).collect();
    }

    fn take_into_use(&mut self) {
        for (credential, value) in &mut self.values {
            match Change::of(*credential) {
                Change::Overlap => {
                    if let Some(other) = self.others.get_mut(credential) {
                        std::mem::swap(value, other);
                    }
                }
                Change::AtOnce => *value = credential.generate(),
                Change::Never => {}
            }
        }
    }

    fn withdraw(&mut self, now: OffsetDateTime) {
        if let Some(key) = self.others.remove(&Credential::SessionKey) {
            let until = (now + SESSION_KEY_LIFE).unix_timestamp();
            self.former_session_keys.push(FormerKey { key, until });
        }
        self.others.clear();
    }

    /// The other value that is valid during a rotation.
    pub fn other(&self, credential: Credential) -> Option<&str> {
        self.others.get(&credential).map(String::as_str)
    }

    /// Every value to accept, separated by commas.
    pub fn accepted(&self, credential: Credential) -> String {
        let values: Vec<&str> = std::iter::once(self.get(credential)).chain(self.other(credential)).collect();
        values.join(",")
    }

    /// Session keys that are accepted and sign nothing, separated by commas. Empty if there are none.
    pub fn accepted_session_keys(&self) -> String {
        let former = self.former_session_keys.iter().map(|former| former.key.as_str());
        let keys: Vec<&str> = self.other(Credential::SessionKey).into_iter().chain(former).collect();
        keys.join(",")
    }

    pub fn get(&self, credential: Credential) -> &str {
        self.values.get(&credential).map_or("", String::as_str)
    }

    /// The content of the Secret.
    pub fn data(&self) -> BTreeMap<String, String> {
        let values = self.values.iter().map(|(credential, value)| (credential.as_str().to_owned(), value));
        let others = self.others.iter().map(|(credential, value)| (other_key(*credential), value));
        let mut data: BTreeMap<String, String> =
            values.chain(others).map(|(key, value)| (key, value.clone())).collect();
        if self.rotation != Rotation::default() {
            data.insert(ROTATION.to_owned(), text(&self.rotation));
        }
        if !self.former_session_keys.is_empty() {
            data.insert(FORMER_SESSION_KEYS.to_owned(), text(&self.former_session_keys));
        }
        data
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

fn other_key(credential: Credential) -> String {
    format!("{}{OTHER}", credential.as_str())
}

/// What the operator wrote there; nothing if it never did.
fn parsed<T: Default + serde::de::DeserializeOwned>(existing: &BTreeMap<String, String>, key: &str) -> T {
    existing.get(key).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
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

    fn now() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
    }

    fn step(credentials: Credentials, step: Step) -> Credentials {
        let rotation = Rotation { step, ..credentials.rotation().clone() };
        credentials.follow(rotation, now())
    }

    #[test]
    fn a_credential_is_valid_twice_until_all_use_the_new_one() {
        let before = Credentials::complete(&BTreeMap::new());
        let (prepared, other) = (step(before.clone(), Step::Prepare), Credential::ApiDatabasePassword);
        assert_eq!(prepared.get(other), before.get(other));
        let switched = step(prepared.clone(), Step::Switch);
        assert_eq!(Some(switched.get(other)), prepared.other(other));
        assert_eq!(switched.other(other), Some(before.get(other)));
        let token = Credential::InternalToken;
        assert_eq!(switched.accepted(token), format!("{},{}", switched.get(token), before.get(token)));
        let retired = step(switched.clone(), Step::Retire);
        assert_eq!((retired.get(other), retired.other(other)), (switched.get(other), None));
        assert_eq!(retired.accepted(token), retired.get(token));
    }

    #[test]
    fn each_credential_changes_as_it_is_said_to() {
        let before = Credentials::complete(&BTreeMap::new());
        let prepared = step(before.clone(), Step::Prepare);
        let after = step(step(prepared.clone(), Step::Switch), Step::Retire);
        for credential in Credential::ALL {
            let change = Change::of(credential);
            assert_eq!(prepared.other(credential).is_some(), change == Change::Overlap, "{credential:?}");
            assert_eq!(prepared.get(credential), before.get(credential), "{credential:?}");
            let same = after.get(credential) == before.get(credential);
            assert_eq!(same, change == Change::Never, "{credential:?}");
        }
    }

    #[test]
    fn every_step_survives_a_crash_after_its_write() {
        let mut credentials = Credentials::complete(&BTreeMap::new());
        for next in [Step::Prepare, Step::Switch, Step::Retire, Step::Idle] {
            credentials = step(credentials, next);
            assert_eq!(Credentials::complete(&credentials.data()), credentials, "{next:?}");
        }
    }

    #[test]
    fn a_former_session_key_is_accepted_as_long_as_its_sessions_live() {
        let before = Credentials::complete(&BTreeMap::new());
        let once = step(step(step(before.clone(), Step::Prepare), Step::Switch), Step::Retire);
        assert_eq!(once.accepted_session_keys(), before.get(Credential::SessionKey));
        let twice = step(step(step(once.clone(), Step::Prepare), Step::Switch), Step::Retire);
        let both = format!("{},{}", before.get(Credential::SessionKey), once.get(Credential::SessionKey));
        assert_eq!(twice.accepted_session_keys(), both);
        assert_eq!(twice.clone().without_expired(now() + Duration::days(30)), twice);
        assert_eq!(twice.without_expired(now() + SESSION_KEY_LIFE).accepted_session_keys(), "");
    }

    #[test]
    fn a_new_authority_changes_no_credential() {
        let before = Credentials::complete(&BTreeMap::new());
        for step in [Step::Prepare, Step::Switch, Step::Retire] {
            let rotation = Rotation { step, scope: Scope::Authority, ..Rotation::default() };
            let after = before.clone().follow(rotation, now());
            assert_eq!((&after.values, after.others.len()), (&before.values, 0));
        }
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
