//! Records taken together, decoded, and where each came from.

use phasma_domain::{
    contract::topics::headers,
    event::{DecodeError, Event},
};
use rdkafka::{
    Message,
    message::{BorrowedMessage, Headers, OwnedMessage},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A record with what it says.
pub struct Received {
    pub record: OwnedMessage,
    pub event: Result<Event, DecodeError>,
    /// When it was committed.
    pub time: Option<OffsetDateTime>,
}

impl Received {
    pub fn decode(message: &BorrowedMessage<'_>) -> Self {
        let kind = header(message, headers::TYPE).unwrap_or_default();
        let event = Event::decode(&kind, message.payload().unwrap_or_default());
        let time =
            header(message, headers::TIME).and_then(|text| OffsetDateTime::parse(&text, &Rfc3339).ok());
        Self { record: message.detach(), event, time }
    }

    pub fn partition(&self) -> (String, i32) {
        (self.record.topic().to_owned(), self.record.partition())
    }
}

fn header(message: &BorrowedMessage<'_>, name: &str) -> Option<String> {
    let header = message.headers()?.iter().find(|header| header.key == name)?;
    Some(String::from_utf8_lossy(header.value?).into_owned())
}
