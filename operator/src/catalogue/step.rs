//! Whether a platform may go from one release to another. Pure.
//!
//! While it goes, programs of both run on the newer schema and read each other's events; and having gone forward it must
//! be able to come back. So both directions ask the same of the pair.

use super::Release;

/// Why a platform can't go from `from` to `to`; `None` if it can.
pub fn refusal(from: &Release, to: &Release) -> Option<String> {
    let (older, newer) = if from.version <= to.version { (from, to) } else { (to, from) };
    let between = format!("from {} to {}", from.version, to.version);
    if older.schema.newest < newer.schema.oldest {
        return Some(format!(
            "spec.version: can't go {between}: {older} doesn't run on the schema of {newer}; go by a release between \
             them, or restore a backup",
            older = older.version,
            newer = newer.version,
        ));
    }
    if older.events.read < newer.events.written {
        return Some(format!(
            "spec.version: can't go {between}: {older} doesn't read the events of {newer}; go by a release between them",
            older = older.version,
            newer = newer.version,
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Catalogue, Events, Schema};

    fn release(version: &str, (newest, oldest): (i64, i64), (written, read): (u32, u32)) -> Release {
        let catalogue = Catalogue::built_in().expect("good releases");
        let known = catalogue.release("0.1.0").expect("known").clone();
        let (schema, events) = (Schema { newest, oldest }, Events { written, read });
        Release { version: version.parse().expect("a version"), schema, events, ..known }
    }

    #[test]
    fn a_schema_that_was_expanded_lets_both_ways_and_one_that_was_contracted_none() {
        let first = release("1.0.0", (10, 10), (1, 1));
        let expanded = release("1.1.0", (20, 10), (1, 1));
        let contracted = release("1.2.0", (30, 20), (1, 1));
        assert_eq!(refusal(&first, &expanded), None);
        assert_eq!(refusal(&expanded, &first), None);
        assert_eq!(refusal(&expanded, &contracted), None);
        let skipped = refusal(&first, &contracted).expect("refused");
        assert!(
            skipped.contains("from 1.0.0 to 1.2.0: 1.0.0 doesn't run on the schema of 1.2.0"),
            "{skipped}"
        );
        assert!(refusal(&contracted, &first).expect("refused").contains("from 1.2.0 to 1.0.0"));
    }

    #[test]
    fn events_are_read_before_they_are_written() {
        let first = release("1.0.0", (10, 10), (1, 1));
        let reads = release("1.1.0", (10, 10), (1, 2));
        let writes = release("1.2.0", (10, 10), (2, 2));
        assert_eq!(refusal(&first, &reads), None);
        assert_eq!(refusal(&reads, &writes), None);
        assert_eq!(refusal(&writes, &reads), None);
        assert!(refusal(&first, &writes).expect("refused").contains("doesn't read the events of 1.2.0"));
    }

    #[test]
    fn a_release_stays() {
        let one = release("1.0.0", (10, 5), (1, 1));
        assert_eq!(refusal(&one, &one), None);
    }
}
