//! How often anyone may do what: token buckets by class of request, and windows of failed logins. Decided by one
//! atomic script in the cache for all replicas together, in this process while the cache is away.

use std::time::{Duration, Instant};

use fred::types::scripts::Script;
use sha2::{Digest, Sha256};

use crate::{
    clients::cache::Cache,
    config::{Rate, RateLimitConfig},
    error::ApiError,
    limits::local::{Buckets, Windows},
    telemetry::names,
};

pub mod local;

/// Failed logins of one address on one account, and of everyone on one account, in one window.
const LOGIN_FAILURES_PER_ADDRESS: u32 = 5;
const LOGIN_FAILURES_PER_ACCOUNT: u32 = 50;
const LOGIN_WINDOW: Duration = Duration::from_secs(15 * 60);

/// A class of requests that share their buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Strict,
    Upload,
    Typeahead,
    Read,
    Mutation,
}

impl Class {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Upload => "upload",
            Self::Typeahead => "typeahead",
            Self::Read => "read",
            Self::Mutation => "mutation",
        }
    }
}

pub struct Limits {
    cache: Cache,
    rates: RateLimitConfig,
    bucket: Script,
    attempt: Script,
    forgive: Script,
    buckets: Buckets,
    windows: Windows,
}

impl Limits {
    pub fn new(cache: Cache, rates: RateLimitConfig) -> Self {
        Self {
            cache,
            rates,
            bucket: Script::from_lua(include_str!("limits/bucket.lua")),
            attempt: Script::from_lua(include_str!("limits/attempt.lua")),
            forgive: Script::from_lua(include_str!("limits/forgive.lua")),
            buckets: Buckets::default(),
            windows: Windows::default(),
        }
    }

    /// Lets a request of `class` by `who` pass, or refuses it with the time to wait.
    pub async fn take(&self, class: Class, who: &str) -> Result<(), ApiError> {
        let rate = self.rate(class);
        let key = format!("phasma:rate:{}:{who}", class.as_str());
        let arguments = vec![rate.burst.to_string(), rate.per_second.to_string()];
        let wait = match self.cache.run(&self.bucket, vec![key.clone()], arguments).await {
            Ok(answer) => wait_of(&answer),
            Err(error) => {
                fell_back("rate", &error);
                self.buckets.take(key, rate, Instant::now()).err()
            }
        };
        let Some(retry_after) = wait else { return Ok(()) };
        metrics::counter!(names::RATE_LIMITED, "class" => class.as_str()).increment(1);
        Err(ApiError::TooManyRequests { retry_after })
    }

    /// Counts an attempt to log in before its password is looked at, so that attempts side by side all count.
    /// [`Self::forgive`] takes it back when the password was right.
    pub async fn attempt_login(&self, login: &Login) -> Result<(), ApiError> {
        let most = [LOGIN_FAILURES_PER_ADDRESS, LOGIN_FAILURES_PER_ACCOUNT];
        let keys = [login.pair.clone(), login.account.clone()];
        let arguments = std::iter::once(LOGIN_WINDOW.as_millis().to_string())
            .chain(most.map(|most| most.to_string()))
            .collect();
        let wait = match self.cache.run(&self.attempt, keys.to_vec(), arguments).await {
            Ok(answer) => wait_of(&answer),
            Err(error) => {
                fell_back("login", &error);
                let keys: Vec<_> = keys.into_iter().zip(most).collect();
                self.windows.attempt(&keys, LOGIN_WINDOW, Instant::now()).err()
            }
        };
        wait.map_or(Ok(()), |retry_after| {
            Err(ApiError::QuotaReached { message: "Too many failed attempts. Try again later.", retry_after })
        })
    }

    /// After the right password: this address starts anew, and the attempt doesn't count against the account.
    pub async fn forgive(&self, login: &Login) {
        self.windows.forgive(&login.pair, &login.account);
        let keys = vec![login.pair.clone(), login.account.clone()];
        if let Err(error) = self.cache.run(&self.forgive, keys, Vec::new()).await {
            fell_back("login", &error);
        }
    }

    fn rate(&self, class: Class) -> Rate {
        match class {
            Class::Strict => self.rates.rate_limit_strict,
            Class::Upload => self.rates.rate_limit_upload,
            Class::Typeahead => self.rates.rate_limit_typeahead,
            Class::Read => self.rates.rate_limit_read,
            Class::Mutation => self.rates.rate_limit_mutation,
        }
    }
}

/// Whose failures are counted: an account from one address, and the account as a whole.
pub struct Login {
    pair: String,
    account: String,
}

impl Login {
    /// `account` and `address` are only kept as a hash.
    pub fn new(account: &str, address: &str) -> Self {
        Self {
            pair: format!("phasma:login:pair:{}", digest(&[account, address])),
            account: format!("phasma:login:account:{}", digest(&[account])),
        }
    }
}

fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn wait_of(answer: &[i64]) -> Option<Duration> {
    let wait = answer.first().copied().and_then(|wait| u64::try_from(wait).ok()).unwrap_or(0);
    (wait > 0).then(|| Duration::from_millis(wait))
}

fn fell_back(kind: &'static str, error: &fred::error::Error) {
    tracing::debug!(%error, kind, "the cache is away; deciding alone");
    metrics::counter!(names::LIMIT_FALLBACK, "kind" => kind).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hide_accounts_and_keep_pairs_apart() {
        let login = Login::new("ada@example.org", "10.0.0.1");
        assert!(!login.pair.contains("ada") && !login.account.contains("ada"));
        assert_eq!(login.account, Login::new("ada@example.org", "10.0.0.2").account);
        assert_ne!(login.pair, Login::new("ada@example.org", "10.0.0.2").pair);
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }

    #[test]
    fn no_wait_means_pass() {
        assert_eq!(wait_of(&[0]), None);
        assert_eq!(wait_of(&[]), None);
        assert_eq!(wait_of(&[1500]), Some(Duration::from_millis(1500)));
    }
}
