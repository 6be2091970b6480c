//! An entry of the audit log as one line for people.

use phasma_store::audit::EntryRow;
use time::{error::Format, format_description::well_known::Rfc3339};

/// When, what, to whom, by whom; then the reason and the details, if there are any.
pub fn line(row: &EntryRow) -> Result<String, Format> {
    let created = row.created.replace_nanosecond(0).unwrap_or(row.created).format(&Rfc3339)?;
    let subject = row.subject.as_deref().unwrap_or("a deleted account");
    let actor = row.actor.as_deref().unwrap_or("its owner");
    let mut line = format!("{created} {} {subject} by {actor}", row.action);
    if let Some(reason) = &row.reason {
        line.push_str(&format!(": {reason}"));
    }
    if row.detail.as_object().is_none_or(|detail| !detail.is_empty()) {
        line.push_str(&format!(" {}", row.detail));
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_entry_says_when_what_to_whom_by_whom_and_why() {
        let mut row = EntryRow {
            created: datetime!(2026-11-24 19:30:00.123 UTC),
            actor: Some("kim".to_owned()),
            action: "account.restored".to_owned(),
            subject: Some("ada".to_owned()),
            reason: None,
            detail: json!({}),
        };
        assert_eq!(line(&row).unwrap(), "2026-11-24T19:30:00Z account.restored ada by kim");
        row.reason = Some("asked for it".to_owned());
        row.detail = json!({ "sessionsEnded": 2 });
        let told = r#"2026-11-24T19:30:00Z account.restored ada by kim: asked for it {"sessionsEnded":2}"#;
        assert_eq!(line(&row).unwrap(), told);
        (row.actor, row.subject, row.reason, row.detail) = (None, None, None, json!({}));
        let told = "2026-11-24T19:30:00Z account.restored a deleted account by its owner";
        assert_eq!(line(&row).unwrap(), told);
    }
}
