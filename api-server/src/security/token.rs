//! Session tokens: 21 random bytes in the cookie, and only their HMAC in the database.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use rand::{TryRng, rngs::SysRng};
use sha2::Sha256;

use crate::config::{Key, SessionConfig};

const BYTES: usize = 21;

/// A token as the cookie carries it: 28 characters of base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; BYTES]);

impl Token {
    /// From the system's random source.
    pub fn generate() -> Result<Self, rand::rngs::SysError> {
        let mut bytes = [0; BYTES];
        SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// A cookie's value, if it has the shape of a token; anything else isn't worth a look-up.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    pub fn to_cookie_value(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// The key of new sessions, and the others that are accepted.
pub struct SessionKeys {
    current: Key,
    others: Vec<Key>,
}

impl SessionKeys {
    pub fn new(config: &SessionConfig) -> Self {
        Self { current: config.session_key.clone(), others: config.session_keys_previous.clone() }
    }

    /// What a new session stores.
    pub fn hash(&self, token: &Token) -> Vec<u8> {
        mac(&self.current, token)
    }

    /// What the session of `token` may be stored as.
    pub fn hashes(&self, token: &Token) -> Vec<Vec<u8>> {
        std::iter::once(&self.current).chain(&self.others).map(|key| mac(key, token)).collect()
    }
}

fn mac(key: &Key, token: &Token) -> Vec<u8> {
    // HMAC takes a key of any length, so this can't fail.
    Hmac::<Sha256>::new_from_slice(key.bytes())
        .map(|mac| mac.chain_update(token.0).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn keys(current: u8, others: &[u8]) -> SessionKeys {
        let key = |byte: u8| STANDARD.encode([byte; 32]).parse().unwrap();
        SessionKeys::new(&SessionConfig {
            session_key: key(current),
            session_keys_previous: others.iter().copied().map(key).collect(),
        })
    }

    #[test]
    fn a_token_is_28_characters_and_comes_back() {
        let token = Token::generate().unwrap();
        let text = token.to_cookie_value();
        assert_eq!(text.len(), 28);
        assert!(Token::parse(&text) == Some(token));
        for bad in ["", "short", "x".repeat(29).as_str(), "????????????????????????????"] {
            assert!(Token::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn after_a_rotation_the_old_hash_is_still_found() {
        let token = Token::generate().unwrap();
        let stored = keys(1, &[]).hash(&token);
        assert_eq!(stored.len(), 32);
        assert!(keys(2, &[1]).hashes(&token).contains(&stored));
        assert!(keys(3, &[2, 1]).hashes(&token).contains(&stored));
        assert!(!keys(2, &[]).hashes(&token).contains(&stored));
    }
}
