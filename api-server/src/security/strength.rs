//! Which passwords may be set: none that guessing finds in its first million attempts, the common ones and what others
//! know about the person first. How many attempts it takes is estimated by zxcvbn.

use phasma_domain::{Invalid, user::Password};
use zxcvbn::{Score, zxcvbn};

/// What is looked at of a longer password, in characters: the estimate's time grows with the square.
const LOOKED_AT: usize = 64;

/// Refuses a password that is easily guessed by somebody who knows what it is `about`: name, username, address.
pub fn check(password: &Password, about: &[&str]) -> Result<(), Invalid> {
    let start: String = password.reveal().chars().take(LOOKED_AT).collect();
    if zxcvbn(&start, about).score() >= Score::Two {
        return Ok(());
    }
    let known = !about.is_empty() && zxcvbn(&start, &[]).score() >= Score::Two;
    let message = if known {
        "Password must not be made of your name, username or e-mail address."
    } else {
        "Password is too easy to guess. Choose one that is longer or less common."
    };
    Err(Invalid::new("password", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(password: &str) -> Option<String> {
        let password = Password::parse(password.to_owned()).unwrap();
        check(&password, &["Ada Lovelace", "ada.l_1815", "countess@example.org"])
            .err()
            .map(|refusal| refusal.message)
    }

    #[test]
    fn common_passwords_are_refused_however_dressed() {
        for common in [
            "password",
            "12345678",
            "qwertyuiop",
            "P@ssw0rd",
            "password123",
            "aaaaaaaaaaaa",
            "abcdefgh",
            "19841984",
        ] {
            assert!(refusal(common).is_some_and(|message| message.contains("too easy")), "{common}");
        }
    }

    #[test]
    fn what_others_know_is_no_secret() {
        for own in ["ada.l_1815", "countess@example.org", "Ada Lovelace"] {
            assert!(refusal(own).is_some_and(|message| message.contains("your name")), "{own}");
        }
    }

    #[test]
    fn passphrases_and_random_ones_may_be_set() {
        for good in [
            "correct horse",
            "a long enough passphrase",
            "kX7#pQ2w",
            "phasma-example",
            "übermäßig viele Möwen",
        ] {
            assert_eq!(refusal(good), None, "{good}");
        }
        assert_eq!(refusal(&"Zq7! ".repeat(25)), None);
    }
}
