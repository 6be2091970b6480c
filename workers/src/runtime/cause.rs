//! The words of an error that help: the first cause, which outer errors only wrap or even hide.

use std::error::Error;

/// The innermost error's message.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the request failed")]
    struct Wrapper(#[source] io::Error);

    #[test]
    fn the_first_cause_speaks() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(innermost(&Wrapper(refused)), "connection refused");
    }
}
