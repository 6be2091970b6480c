//! Writing notifications, in one statement for each kind, and hinting at them afterwards.

use std::collections::BTreeSet;

use fred::{
    clients::Client,
    interfaces::{ClientLike, PubsubInterface},
};
use metrics::counter;
use phasma_domain::contract::channels;
use phasma_store::notification_writes as store;
use sqlx::PgPool;
use uuid::Uuid;

use super::handler::NotificationChanges;
use crate::runtime::telemetry::names;

/// Ids in one hint.
const MAX_RECIPIENTS: usize = 1_000;

/// Brings about `changes` in one transaction; may be repeated.
pub async fn write(pool: &PgPool, changes: &NotificationChanges) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let NotificationChanges { liked, unliked, followed, unfollowed, commented, uncommented, .. } = changes;
    // Taking back comes first: what was undone and done again stays.
    if !unliked.0.is_empty() {
        store::delete_unliked(&mut *transaction, &unliked.0, &unliked.1).await?;
    }
    if !unfollowed.0.is_empty() {
        store::delete_unfollowed(&mut *transaction, &unfollowed.0, &unfollowed.1).await?;
    }
    if !uncommented.0.is_empty() {
        let (recipients, writers, comments) = uncommented;
        store::delete_uncommented(&mut *transaction, recipients, writers, comments).await?;
    }
    if !liked.0.is_empty() {
        store::insert_likes(&mut *transaction, &liked.0, &liked.1).await?;
    }
    if !commented.is_empty() {
        store::insert_comments(&mut *transaction, commented).await?;
    }
    if !followed.0.is_empty() {
        store::insert_follows(&mut *transaction, &followed.0, &followed.1).await?;
    }
    transaction.commit().await
}

/// Tells whoever serves connected viewers that something changed for `recipients`. They read it from the database,
/// so a hint that gets lost only makes them late.
pub async fn hint(cache: &Client, recipients: &BTreeSet<Uuid>) {
    if !cache.is_connected() {
        counter!(names::LOST_HINTS).increment(1);
        return;
    }
    let recipients: Vec<&Uuid> = recipients.iter().collect();
    for some in recipients.chunks(MAX_RECIPIENTS) {
        let message = serde_json::json!({ "kind": "notification", "userIds": some }).to_string();
        if let Err(error) = cache.publish::<i64, _, _>(channels::LIVE, message).await {
            counter!(names::LOST_HINTS).increment(1);
            tracing::debug!(%error, "a hint was not sent");
        }
    }
}
