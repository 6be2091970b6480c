//! Appending events in the mutation's own transaction.

use phasma_domain::{event::Event, id::EventId};
use sqlx::PgConnection;

/// Appends `event`. Call it after the aggregate's row is locked (by the mutation itself), so that the sequence
/// numbers of one aggregate follow its history.
pub async fn append(connection: &mut PgConnection, event: &Event) -> Result<(), sqlx::Error> {
    append_all(connection, std::slice::from_ref(event)).await
}

/// Appends `events` in order, in one round trip.
pub async fn append_all(connection: &mut PgConnection, events: &[Event]) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = events.iter().map(|_| EventId::generate().0).collect();
    let aggregates: Vec<_> = events.iter().map(|event| event.aggregate().to_owned()).collect();
    let keys: Vec<_> = events.iter().map(Event::key).collect();
    let kinds: Vec<_> = events.iter().map(|event| event.kind().to_owned()).collect();
    let payloads = events
        .iter()
        .map(Event::payload)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!(
        "insert into outbox (id, aggregate, aggregate_id, type, payload)
         select id, aggregate, aggregate_id, type, payload
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[]) with ordinality
              as event (id, aggregate, aggregate_id, type, payload, position)
         order by position",
        &ids,
        &aggregates,
        &keys,
        &kinds,
        &payloads,
    )
    .execute(connection)
    .await?;
    Ok(())
}
