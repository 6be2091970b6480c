//! Opening a stored picture, or a rendition of it, for streaming.

use phasma_domain::media::{Filename, Variant};

use crate::{
    app::App,
    clients::object_store::{Blob, ObjectStoreError},
    error::ApiError,
};

/// Opens `variant` of a picture. A WebP rendition wider than the picture was never made: the picture itself is the
/// answer, so that a page may name every width without knowing the picture's.
pub async fn open_image(
    app: &App,
    filename: &Filename,
    variant: Variant,
    range: Option<&str>,
) -> Result<Blob, ObjectStoreError> {
    match app.object_store.get(&filename.key(variant), range).await {
        Err(ObjectStoreError::NotFound) if matches!(variant, Variant::WebP(_)) => {
            app.object_store.get(&filename.key(Variant::Full), range).await
        }
        answer => answer,
    }
}

/// MIME type of one object of a picture.
pub fn content_type(filename: &Filename, variant: Variant) -> &'static str {
    match variant {
        Variant::Full => filename.content_type(),
        Variant::WebP(_) => "image/webp",
        Variant::Preview => "image/jpeg",
    }
}

impl From<ObjectStoreError> for ApiError {
    fn from(error: ObjectStoreError) -> Self {
        match error {
            ObjectStoreError::NotFound => Self::NotFound("Picture not found."),
            ObjectStoreError::RangeNotSatisfiable => Self::RangeNotSatisfiable,
            ObjectStoreError::Unavailable(source) => Self::Unavailable(source),
        }
    }
}
