//! An outbox row on its way to a topic, whether it came from the log or from the table.

use std::collections::HashMap;

use phasma_store::relay::OutboxRow;
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

use super::pgoutput::{DecodeError, Insert, Relation};

/// The table whose rows are relayed. Rows of its partitions arrive under its name.
const TABLE: &str = "outbox";

/// What becomes a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRecord {
    pub seq: i64,
    pub id: String,
    /// Key of the record: rows of one aggregate stay in order.
    pub aggregate_id: String,
    /// Type with version.
    pub kind: String,
    /// JSON.
    pub payload: String,
    pub created: OffsetDateTime,
}

impl OutboxRecord {
    /// The moment as CloudEvents writes it.
    pub fn time(&self) -> String {
        self.created.format(&Rfc3339).unwrap_or_default()
    }
}

impl From<OutboxRow> for OutboxRecord {
    fn from(row: OutboxRow) -> Self {
        let OutboxRow { seq, id, aggregate_id, kind, payload, created } = row;
        Self { seq, id: id.to_string(), aggregate_id, kind, payload, created }
    }
}

/// Where the outbox's columns are in its rows, for each relation id the server has described.
#[derive(Debug, Default)]
pub struct Relations(HashMap<u32, Option<Columns>>);

#[derive(Debug, Clone, Copy)]
struct Columns {
    seq: usize,
    id: usize,
    aggregate_id: usize,
    kind: usize,
    payload: usize,
    created: usize,
}

impl Relations {
    /// Remembers a description. Other tables are remembered as such, so that their rows can be told apart.
    pub fn describe(&mut self, relation: &Relation<'_>) -> Result<(), DecodeError> {
        let columns = if relation.name == TABLE { Some(Columns::find(relation)?) } else { None };
        self.0.insert(relation.id, columns);
        Ok(())
    }

    /// The record of a row; `None` if the row belongs to another table.
    pub fn read(&self, row: &Insert<'_>) -> Result<Option<OutboxRecord>, DecodeError> {
        let columns = self.0.get(&row.relation).ok_or(DecodeError::UnknownRelation(row.relation))?;
        columns.map(|columns| columns.read(row)).transpose()
    }
}

impl Columns {
    fn find(relation: &Relation<'_>) -> Result<Self, DecodeError> {
        let position = |name: &'static str| {
            relation.columns.iter().position(|column| *column == name).ok_or(DecodeError::NoColumn(name))
        };
        Ok(Self {
            seq: position("seq")?,
            id: position("id")?,
            aggregate_id: position("aggregate_id")?,
            kind: position("type")?,
            payload: position("payload")?,
            created: position("created")?,
        })
    }

    fn read(self, row: &Insert<'_>) -> Result<OutboxRecord, DecodeError> {
        let text = |column: &'static str, at: usize| {
            row.values.get(at).copied().flatten().ok_or(DecodeError::NoValue(column))
        };
        let seq = text("seq", self.seq)?;
        let created = text("created", self.created)?;
        Ok(OutboxRecord {
            seq: seq.parse().map_err(|_| bad("seq", seq))?,
            id: text("id", self.id)?.to_owned(),
            aggregate_id: text("aggregate_id", self.aggregate_id)?.to_owned(),
            kind: text("type", self.kind)?.to_owned(),
            payload: text("payload", self.payload)?.to_owned(),
            created: timestamp(created).ok_or_else(|| bad("created", created))?,
        })
    }
}

fn bad(column: &'static str, value: &str) -> DecodeError {
    DecodeError::BadValue { column, value: value.to_owned() }
}

/// Reads `2026-11-24 09:23:14.060921+00`, which is how PostgreSQL prints a moment with DateStyle ISO in UTC.
fn timestamp(text: &str) -> Option<OffsetDateTime> {
    let format = format_description!(
        version = 2,
        "[year]-[month]-[day] [hour]:[minute]:[second][optional [.[subsecond]]][offset_hour sign:mandatory]"
    );
    OffsetDateTime::parse(text, &format).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const COLUMNS: [&str; 7] = ["seq", "id", "aggregate", "aggregate_id", "type", "payload", "created"];

    fn relations() -> Relations {
        let mut relations = Relations::default();
        relations.describe(&Relation { id: 1, name: TABLE, columns: COLUMNS.to_vec() }).unwrap();
        relations.describe(&Relation { id: 2, name: "outbox_20261124", columns: COLUMNS.to_vec() }).unwrap();
        relations
    }

    fn row(relation: u32) -> Insert<'static> {
        let values = ["5", "id", "post", "p1", "post.created.v1", "{}", "2026-11-24 09:23:14.06+00"];
        Insert { relation, values: values.map(Some).to_vec() }
    }

    #[test]
    fn a_row_of_the_outbox_becomes_a_record() {
        let record = relations().read(&row(1)).unwrap().unwrap();
        assert_eq!((record.seq, record.kind.as_str()), (5, "post.created.v1"));
        assert_eq!(record.created, datetime!(2026-11-24 09:23:14.06 UTC));
        assert_eq!(record.time(), "2026-11-24T09:23:14.06Z");
    }

    #[test]
    fn rows_of_other_tables_are_passed_over_and_undescribed_ones_refused() {
        assert_eq!(relations().read(&row(2)), Ok(None));
        assert_eq!(relations().read(&row(3)), Err(DecodeError::UnknownRelation(3)));
    }

    #[test]
    fn whole_seconds_and_nulls() {
        assert_eq!(timestamp("2026-11-24 09:23:14+00"), Some(datetime!(2026-11-24 09:23:14 UTC)));
        assert_eq!(timestamp("infinity"), None);
        let mut without = row(1);
        without.values[5] = None;
        assert_eq!(relations().read(&without), Err(DecodeError::NoValue("payload")));
    }
}
