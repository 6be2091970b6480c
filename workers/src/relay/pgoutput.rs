//! Decoding the two messages of pgoutput that the outbox needs: what a relation looks like, and a row inserted into it.
//! The layout is that of protocol version 1 in PostgreSQL's documentation, "Logical Replication Message Formats".
//!
//! Pure and total: malformed input is an error, never a panic, and nothing is allocated for a length before the bytes
//! for it are there.

/// Why bytes are not a message of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("a message ends too early")]
    Truncated,
    #[error("a name or a value is not UTF-8")]
    NotUtf8,
    #[error("a count is negative")]
    NegativeCount,
    #[error("a tuple is introduced by {0:#04x}")]
    UnknownTuple(u8),
    #[error("a column is introduced by {0:#04x}")]
    UnknownColumn(u8),
    #[error("relation {0} was not described")]
    UnknownRelation(u32),
    #[error("the outbox has no column {0}")]
    NoColumn(&'static str),
    #[error("column {0} of the outbox is null or was not sent")]
    NoValue(&'static str),
    #[error("column {column} of the outbox holds {value:?}")]
    BadValue { column: &'static str, value: String },
}

/// A message that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message<'a> {
    Relation(Relation<'a>),
    Insert(Insert<'a>),
    /// Anything else: type descriptions, origins, truncations.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation<'a> {
    pub id: u32,
    pub name: &'a str,
    pub columns: Vec<&'a str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert<'a> {
    pub relation: u32,
    /// Values in text form; `None` is null, or a value that was not sent.
    pub values: Vec<Option<&'a str>>,
}

/// Decodes one message.
pub fn decode(bytes: &[u8]) -> Result<Message<'_>, DecodeError> {
    let mut input = Input(bytes);
    match input.u8()? {
        b'R' => relation(&mut input).map(Message::Relation),
        b'I' => insert(&mut input).map(Message::Insert),
        _ => Ok(Message::Other),
    }
}

fn relation<'a>(input: &mut Input<'a>) -> Result<Relation<'a>, DecodeError> {
    let id = input.u32()?;
    input.text()?; // schema
    let name = input.text()?;
    input.u8()?; // replica identity
    let count = input.count()?;
    let mut columns = Vec::new();
    for _ in 0..count {
        input.u8()?; // flags
        columns.push(input.text()?);
        input.u32()?; // type
        input.u32()?; // type modifier
    }
    Ok(Relation { id, name, columns })
}

fn insert<'a>(input: &mut Input<'a>) -> Result<Insert<'a>, DecodeError> {
    let relation = input.u32()?;
    match input.u8()? {
        b'N' => {}
        other => return Err(DecodeError::UnknownTuple(other)),
    }
    let count = input.count()?;
    let mut values = Vec::new();
    for _ in 0..count {
        values.push(match input.u8()? {
            b'n' | b'u' => None,
            b't' => {
                let length = input.u32()?;
                Some(input.utf8(usize::try_from(length).map_err(|_| DecodeError::Truncated)?)?)
            }
            other => return Err(DecodeError::UnknownColumn(other)),
        });
    }
    Ok(Insert { relation, values })
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.take(N)?.try_into().map_err(|_| DecodeError::Truncated)
    }

    fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    fn count(&mut self) -> Result<u16, DecodeError> {
        let count = i16::from_be_bytes(self.array()?);
        u16::try_from(count).map_err(|_| DecodeError::NegativeCount)
    }

    fn utf8(&mut self, length: usize) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.take(length)?).map_err(|_| DecodeError::NotUtf8)
    }

    /// Text up to a zero byte.
    fn text(&mut self) -> Result<&'a str, DecodeError> {
        let length = self.0.iter().position(|byte| *byte == 0).ok_or(DecodeError::Truncated)?;
        let text = self.utf8(length)?;
        self.u8()?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes the two messages as the server does.
    fn relation_bytes(id: u32, name: &str, columns: &[&str]) -> Vec<u8> {
        let mut bytes = vec![b'R'];
        bytes.extend(id.to_be_bytes());
        bytes.extend(b"public\0");
        bytes.extend(name.as_bytes());
        bytes.extend([0, b'd']);
        bytes.extend((columns.len() as i16).to_be_bytes());
        for column in columns {
            bytes.push(0);
            bytes.extend(column.as_bytes());
            bytes.push(0);
            bytes.extend([0; 8]);
        }
        bytes
    }

    fn insert_bytes(id: u32, values: &[Option<&str>]) -> Vec<u8> {
        let mut bytes = vec![b'I'];
        bytes.extend(id.to_be_bytes());
        bytes.push(b'N');
        bytes.extend((values.len() as i16).to_be_bytes());
        for value in values {
            match value {
                None => bytes.push(b'n'),
                Some(text) => {
                    bytes.push(b't');
                    bytes.extend((text.len() as u32).to_be_bytes());
                    bytes.extend(text.as_bytes());
                }
            }
        }
        bytes
    }

    #[test]
    fn relations_and_rows_are_read() {
        let bytes = relation_bytes(7, "outbox", &["seq", "payload"]);
        let expected = Relation { id: 7, name: "outbox", columns: vec!["seq", "payload"] };
        assert_eq!(decode(&bytes), Ok(Message::Relation(expected)));
        let bytes = insert_bytes(7, &[Some("1"), None, Some("ü")]);
        let expected = Insert { relation: 7, values: vec![Some("1"), None, Some("ü")] };
        assert_eq!(decode(&bytes), Ok(Message::Insert(expected)));
        assert_eq!(decode(b"Y rest"), Ok(Message::Other));
    }

    #[test]
    fn every_shorter_message_is_truncated() {
        for whole in [relation_bytes(7, "outbox", &["seq"]), insert_bytes(7, &[Some("12"), None])] {
            for length in 0..whole.len() {
                assert_eq!(decode(&whole[..length]), Err(DecodeError::Truncated), "{length}");
            }
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let mut bytes = insert_bytes(7, &[Some("x")]);
        let at = bytes.len() - 5;
        bytes[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(decode(&bytes), Err(DecodeError::Truncated));
        bytes[6..8].copy_from_slice(&(-1_i16).to_be_bytes());
        assert_eq!(decode(&bytes), Err(DecodeError::NegativeCount));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(kind in prop_oneof![Just(b'R'), Just(b'I'), any::<u8>()],
                                  rest in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = vec![kind];
            bytes.extend(rest);
            let _ = decode(&bytes);
        }

        #[test]
        fn what_is_written_is_read(values in prop::collection::vec(prop::option::of(".{0,20}"), 0..10)) {
            let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
            let bytes = insert_bytes(3, &values);
            prop_assert_eq!(decode(&bytes), Ok(Message::Insert(Insert { relation: 3, values })));
        }
    }
}
