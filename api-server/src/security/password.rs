//! Argon2id, bounded: at most four hashes at once, because each takes 19 MiB and a core. A waiter that goes away
//! takes its place in the queue along.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{self, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Memory in KiB, passes and lanes.
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const AT_ONCE: usize = 4;

/// Nobody's hash: verified against when an account is unknown, so that both answers take the same time.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$cGhhc21hLWRlY295LXNhbHQ$5kPXMsmOaxlXRqXCZDXEg1vv1U3fJ9bzHkYCF0uVSgk";

#[derive(Debug, thiserror::Error)]
pub enum HashError {
    #[error("hashing failed: {0}")]
    Hash(#[from] password_hash::Error),
    #[error("a stored hash is malformed: {0}")]
    Stored(password_hash::phc::Error),
    #[error("hashing stopped: {0}")]
    Stopped(#[from] tokio::task::JoinError),
    #[error("hashing is closed")]
    Closed(#[from] tokio::sync::AcquireError),
}

/// How a password compares with what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, but hashed with other parameters than today's: hash it again.
    Outdated,
}

#[derive(Clone)]
pub struct Hasher {
    permits: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher {
    pub fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// A PHC string with a fresh salt.
    pub async fn hash(&self, password: String) -> Result<String, HashError> {
        self.bounded(move || Ok(argon2()?.hash_password(password.as_bytes())?.to_string())).await
    }

    /// Compares `password` with `stored`, or with nobody's hash where there is no account.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict, HashError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| DECOY.to_owned());
        let verdict = self.bounded(move || verdict(&password, &stored)).await?;
        Ok(if known { verdict } else { Verdict::Wrong })
    }

    async fn bounded<T, F>(&self, work: F) -> Result<T, HashError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, HashError> + Send + 'static,
    {
        let permit = self.permits.clone().acquire_owned().await?;
        spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await?
    }
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(password_hash::Error::from)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn verdict(password: &str, stored: &str) -> Result<Verdict, HashError> {
    let hash = PasswordHash::new(stored).map_err(HashError::Stored)?;
    match argon2()?.verify_password(password.as_bytes(), &hash) {
        Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(error) => Err(error.into()),
        Ok(()) if is_current(stored) => Ok(Verdict::Right),
        Ok(()) => Ok(Verdict::Outdated),
    }
}

fn is_current(stored: &str) -> bool {
    stored.starts_with(&format!("$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_and_its_parameters() {
        let hasher = Hasher::new();
        let hash = hasher.hash("correct horse".into()).await.unwrap();
        assert!(is_current(&hash), "{hash}");
        assert_eq!(hasher.verify("correct horse".into(), Some(hash.clone())).await.unwrap(), Verdict::Right);
        assert_eq!(hasher.verify("wrong horse".into(), Some(hash)).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_hash_of_weaker_parameters_is_outdated() {
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8192, 1, 1, None).unwrap());
        let hash = weak.hash_password(b"correct horse").unwrap().to_string();
        assert_eq!(
            Hasher::new().verify("correct horse".into(), Some(hash)).await.unwrap(),
            Verdict::Outdated
        );
    }

    #[tokio::test]
    async fn an_unknown_account_costs_a_real_comparison_and_is_always_wrong() {
        assert!(is_current(DECOY));
        assert_eq!(verdict("anything", DECOY).unwrap(), Verdict::Wrong);
        assert_eq!(Hasher::new().verify("anything".into(), None).await.unwrap(), Verdict::Wrong);
    }
}
