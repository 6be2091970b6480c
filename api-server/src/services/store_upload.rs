//! Taking in a picture: decode it away from the server, remember it as pending, store its objects.
//!
//! The row comes before the objects: should the server end in between, the row still expires and takes along
//! whatever was stored. Nobody can use it earlier, since the random name is told only at the end.

use std::{fs::File, time::Duration};

use futures::{StreamExt, TryStreamExt, stream};
use phasma_domain::media::{Filename, PENDING_SECONDS};
use phasma_store::uploads::{self, UploadRow};
use rand::{TryRng, rngs::SysRng};
use time::OffsetDateTime;

use crate::{
    app::App,
    clients::object_store::ObjectStoreError,
    error::ApiError,
    extract::Viewer,
    media::{DecodeError, Object, Picture, Refusal},
    services::serve_image::content_type,
};

/// Objects of one picture on their way at once.
const PUTS: usize = 4;

/// Stores the picture in `upload` as one of the viewer's pending uploads and returns its name.
pub async fn store_upload(app: &App, viewer: &Viewer, upload: File) -> Result<Filename, ApiError> {
    if !uploads::has_room(&app.pool, viewer.id(), OffsetDateTime::now_utc()).await? {
        return Err(too_many_pending());
    }
    let picture = app.decoder.decode(upload).await?;
    let filename = random_filename()?;
    insert(app, viewer, &filename, &picture).await?;
    if let Err(error) = put_all(app, &filename, picture.objects).await {
        if let Err(error) = take_back(app, &filename).await {
            tracing::warn!(%error, filename = filename.as_str(), "a failed upload stays until it expires");
        }
        return Err(error.into());
    }
    Ok(filename)
}

fn random_filename() -> Result<Filename, ApiError> {
    let mut random = [0; 16];
    SysRng.try_fill_bytes(&mut random).map_err(ApiError::internal)?;
    Ok(Filename::from_random(random))
}

async fn insert(app: &App, viewer: &Viewer, filename: &Filename, picture: &Picture) -> Result<(), ApiError> {
    let measure = |pixels: u32| i32::try_from(pixels).map_err(ApiError::internal);
    let row = UploadRow {
        width: measure(picture.width)?,
        height: measure(picture.height)?,
        thumbhash: picture.thumbhash.clone(),
    };
    let mut transaction = app.pool.begin().await?;
    let now = OffsetDateTime::now_utc();
    if !uploads::insert(&mut transaction, viewer.id(), filename.as_str(), &row, now).await? {
        return Err(too_many_pending());
    }
    transaction.commit().await.map_err(ApiError::of_commit)
}

async fn put_all(app: &App, filename: &Filename, objects: Vec<Object>) -> Result<(), ObjectStoreError> {
    stream::iter(objects)
        .map(|Object { variant, bytes }| async move {
            app.object_store.put(&filename.key(variant), content_type(filename, variant), bytes).await
        })
        .buffer_unordered(PUTS)
        .try_collect()
        .await
}

/// Takes back a failed upload. What was stored of it goes the way of all released pictures, which waits for an
/// object store that is away.
async fn take_back(app: &App, filename: &Filename) -> Result<(), ApiError> {
    let mut transaction = app.pool.begin().await?;
    uploads::release(&mut transaction, filename.as_str()).await?;
    transaction.commit().await.map_err(ApiError::of_commit)
}

fn too_many_pending() -> ApiError {
    ApiError::QuotaReached {
        message: "Too many pictures wait for their post. Publish some, or wait an hour.",
        retry_after: Duration::from_secs(PENDING_SECONDS.unsigned_abs()),
    }
}

impl From<DecodeError> for ApiError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Refused(refusal) => refusal.into(),
            busy_or_away => Self::unavailable(busy_or_away),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooManyBytes => Self::TooLarge(refusal.to_string()),
            _ => Self::Unprocessable(refusal.to_string()),
        }
    }
}
