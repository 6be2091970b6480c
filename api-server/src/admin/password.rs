//! Reading a new password. It comes by standard input, because arguments show in process lists and histories.

use std::io::{IsTerminal, Read, stdin};

use anyhow::{Context, bail};
use phasma_domain::user::{PASSWORD_MAX, Password};

use crate::security::strength;

/// In bytes: the longest password and an end of line.
const INPUT_MAX: usize = 4 * PASSWORD_MAX + 2;

pub fn read() -> anyhow::Result<Password> {
    let input = stdin().lock();
    if input.is_terminal() {
        bail!("a terminal would show the password: pipe it into standard input");
    }
    parse(input)
}

/// The one line of `input`; more than that, and it is not what was meant.
fn parse(input: impl Read) -> anyhow::Result<Password> {
    let mut text = String::new();
    input
        .take(INPUT_MAX as u64 + 1)
        .read_to_string(&mut text)
        .context("the password can't be read from standard input")?;
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if line.is_empty() {
        bail!("no password came by standard input; `kubectl exec` passes it on with -i");
    }
    if line.contains('\n') {
        bail!("the password must be a single line");
    }
    let password = Password::parse(line.to_owned())?;
    strength::check(&password, &[])?;
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(input: &[u8]) -> String {
        parse(input).unwrap_err().to_string()
    }

    #[test]
    fn the_end_of_the_line_is_no_part_of_it_and_spaces_are() {
        for input in ["correct horse ", "correct horse \n", "correct horse \r\n"] {
            assert_eq!(parse(input.as_bytes()).unwrap().reveal(), "correct horse ", "{input:?}");
        }
    }

    #[test]
    fn the_rules_are_those_of_signing_up() {
        assert!(parse("Zq7!ü".repeat(PASSWORD_MAX / 5).as_bytes()).is_ok());
        assert!(refusal(b"password123").contains("too easy to guess"));
        let length = "Password must be 8 to 128 characters.";
        for bad in ["seven77", &"x".repeat(PASSWORD_MAX + 1), &"x".repeat(100_000)] {
            assert_eq!(refusal(bad.as_bytes()), length);
        }
    }

    #[test]
    fn nothing_and_several_lines_are_told_apart() {
        for nothing in ["", "\n"] {
            assert!(refusal(nothing.as_bytes()).contains("-i"));
        }
        assert_eq!(refusal(b"correct horse\ncorrect horse\n"), "the password must be a single line");
        assert_eq!(refusal(&[0xff; 9]), "the password can't be read from standard input");
    }
}
