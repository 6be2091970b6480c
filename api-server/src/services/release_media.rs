//! Deleting pictures that lost their last reference. Idempotent: a repeated call finds nothing left to do.

use phasma_domain::media::{Filename, Variant};
use phasma_store::media;

use crate::{app::App, error::ApiError};

/// Deletes those of `released` that nothing refers to, with all their renditions. PostgreSQL is asked anew, since
/// the event may be late and names what was released then.
pub async fn release_media(app: &App, released: &[Filename]) -> Result<(), ApiError> {
    let names: Vec<_> = released.iter().map(|name| name.as_str().to_owned()).collect();
    let unreferenced = media::list_unreferenced(&app.pool, &names).await?;
    let keys: Vec<_> = released
        .iter()
        .filter(|name| unreferenced.iter().any(|key| key == name.as_str()))
        .flat_map(|name| Variant::all().map(|variant| name.key(variant)))
        .collect();
    Ok(app.object_store.delete(&keys).await?)
}
