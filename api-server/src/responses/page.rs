//! Lists with a cursor.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use phasma_domain::page::{self, Cursor};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;

/// A stretch of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page starts, or null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// A list that is whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    pub items: Vec<T>,
}

impl<T> Page<T> {
    /// The page of `limit` items out of `limit + 1` rows.
    pub fn of<R>(
        rows: Vec<R>,
        limit: i64,
        place: impl Fn(&R) -> Cursor,
        item: impl Fn(R) -> T,
    ) -> Result<Self, ApiError> {
        let (rows, next) = page::cut(rows, limit, place);
        let next_cursor = next.map(|cursor| encode(&cursor)).transpose()?;
        Ok(Self { items: rows.into_iter().map(item).collect(), next_cursor })
    }
}

/// A cursor as clients carry it.
pub fn encode<T: Serialize>(cursor: &T) -> Result<String, ApiError> {
    let json = serde_json::to_vec(cursor).map_err(ApiError::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// The cursor a client carried back.
pub fn decode<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| ApiError::Invalid("The cursor is not one this list gave out.".to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_cursor_is_json_in_base64url_and_comes_back() {
        let cursor = Cursor { created: datetime!(2026-01-02 03:04:05.678901 UTC), id: Uuid::from_u128(7) };
        let text = encode(&cursor).unwrap();
        let json: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&text).unwrap()).unwrap();
        assert_eq!(json["created"], "2026-01-02T03:04:05.678901Z");
        assert_eq!(decode::<Cursor>(&text).unwrap(), cursor);
        for bad in ["", "!", "e30", "bm90IGpzb24"] {
            assert_eq!(decode::<Cursor>(bad).unwrap_err().status(), 400, "{bad}");
        }
    }

    /// What clients may send instead of a cursor; each line was worth a look once.
    const SEEDS: [&str; 8] = [
        "",
        "{}",
        "null",
        r#"{"created":"9999-12-31T23:59:59-23:59","id":"00000000-0000-0000-0000-000000000000"}"#,
        r#"{"created":"0000-01-01T00:00:00+23:59","id":"00000000-0000-0000-0000-000000000000"}"#,
        r#"{"created":"2026-02-30T00:00:00Z","id":"00000000-0000-0000-0000-000000000000"}"#,
        r#"{"created":"2016-12-31T23:59:60Z","id":"ffffffff-ffff-ffff-ffff-ffffffffffff"}"#,
        r#"{"created":1,"id":1}"#,
    ];

    #[test]
    fn a_time_outside_of_the_years_that_can_be_written_is_no_cursor() {
        for seed in &SEEDS[3..5] {
            assert!(decode::<Cursor>(&URL_SAFE_NO_PAD.encode(seed)).is_err(), "{seed}");
        }
    }

    proptest! {
        /// Whatever is sent, the answer is a refusal, or a cursor that can be written again.
        #[test]
        fn no_cursor_breaks_it(
            seed in prop::sample::select(&SEEDS[..]),
            at in any::<prop::sample::Index>(),
            with in "[ -~]{0,4}",
            raw in any::<bool>(),
        ) {
            let mut text = seed.to_owned();
            let at = at.index(text.len() + 1);
            text.replace_range(at..(at + with.len()).min(text.len()), &with);
            let sent = if raw { text } else { URL_SAFE_NO_PAD.encode(text) };
            match decode::<Cursor>(&sent) {
                Ok(cursor) => prop_assert_eq!(decode::<Cursor>(&encode(&cursor).unwrap()).unwrap(), cursor),
                Err(error) => prop_assert_eq!(error.status(), 400),
            }
        }
    }
}
