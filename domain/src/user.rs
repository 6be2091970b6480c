//! A user's name, username, e-mail address, password and biography, each parsed once at the edge.

use std::fmt;

use serde::Serialize;

use crate::invalid::{Invalid, length};

/// Longest accepted display name and biography, in code points.
pub const NAME_MAX: usize = 100;
pub const BIO_MAX: usize = 300;
/// Bounds of a password, in code points. The upper one bounds the work of hashing.
pub const PASSWORD_MIN: usize = 8;
pub const PASSWORD_MAX: usize = 128;
/// Bounds of a username.
pub const USERNAME_MIN: usize = 3;
pub const USERNAME_MAX: usize = 30;
/// Past this many followers an account's posts are read at query time instead of fanned out.
pub const CELEBRITY_FOLLOWERS: i64 = 10_000;

/// Names that addresses of the API use up.
const USERNAMES_RESERVED: [&str; 3] = ["me", "search", "suggested"];

/// 3 to 30 of `a-z`, `0-9`, `.` and `_`, lowercased.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.trim().to_lowercase();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '_';
        if !(USERNAME_MIN..=USERNAME_MAX).contains(&length(&name)) || !name.chars().all(allowed) {
            return Err(Invalid::new(
                "username",
                "Username must be 3 to 30 letters a-z, digits, dots or underscores.",
            ));
        }
        Ok(Self(name))
    }

    /// Whether no account can have this name.
    pub fn is_reserved(&self) -> bool {
        USERNAMES_RESERVED.contains(&self.as_str())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A display name, trimmed, not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.trim();
        if name.is_empty() {
            return Err(Invalid::new("name", "Name is required."));
        }
        if length(name) > NAME_MAX {
            return Err(Invalid::new("name", format!("Name must be at most {NAME_MAX} characters.")));
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address, lowercased, with exactly one `@` between two non-empty parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let email = text.trim().to_lowercase();
        let valid = match email.split_once('@') {
            Some((local, host)) => !local.is_empty() && !host.is_empty() && !host.contains('@'),
            None => false,
        };
        if !valid || email.chars().any(char::is_whitespace) || length(&email) > 254 {
            return Err(Invalid::new("email", "E-mail must look like name@example.org."));
        }
        Ok(Self(email))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password as typed. It has no `Display`, and `Debug` hides it.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// A password that may be set: its length is within bounds.
    pub fn parse(text: String) -> Result<Self, Invalid> {
        if !(PASSWORD_MIN..=PASSWORD_MAX).contains(&length(&text)) {
            return Err(Invalid::new("password", "Password must be 8 to 128 characters."));
        }
        Ok(Self(text))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// A biography of at most 300 code points, trimmed, possibly empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bio(String);

impl Bio {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bio = text.trim();
        if length(bio) > BIO_MAX {
            return Err(Invalid::new("bio", format!("Bio must be at most {BIO_MAX} characters.")));
        }
        Ok(Self(bio.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_lowercased_and_bounded() {
        assert_eq!(Username::parse(" Ada.L_9 ").unwrap().as_str(), "ada.l_9");
        for bad in ["ab", "a b c", "ä-umlaut", &"x".repeat(31), "", "a/b/c"] {
            assert_eq!(Username::parse(bad).unwrap_err().field, "username", "{bad}");
        }
    }

    #[test]
    fn emails_have_one_at_between_two_parts() {
        assert_eq!(Email::parse("Ada@Example.org").unwrap().as_str(), "ada@example.org");
        for bad in ["ada", "@example.org", "ada@", "a@b@c", "a b@c"] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn lengths_count_code_points_not_bytes() {
        assert!(Password::parse("ü".repeat(8)).is_ok());
        assert!(Password::parse("ü".repeat(7)).is_err());
        assert!(Password::parse("ü".repeat(129)).is_err());
        assert!(Bio::parse(&"é".repeat(BIO_MAX)).is_ok());
        assert!(Bio::parse(&"é".repeat(BIO_MAX + 1)).is_err());
    }

    #[test]
    fn a_password_never_shows_in_debug_output() {
        let password = Password::parse("correct horse".into()).unwrap();
        assert!(!format!("{password:?}").contains("horse"));
    }

    #[test]
    fn a_name_is_trimmed_and_required() {
        assert_eq!(Name::parse("  Ada Lovelace ").unwrap().as_str(), "Ada Lovelace");
        assert_eq!(Name::parse("  ").unwrap_err().message, "Name is required.");
    }
}
