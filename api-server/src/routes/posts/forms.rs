//! What is sent to publish and to change a post, and how it is understood.

use phasma_domain::{
    Invalid,
    media::Filename,
    post::{AltText, Description, Picture, Pictures, has_duplicates},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    error::ApiError,
    services::{edit_post::Edit, publish_post::NewPost},
};

const EITHER: &str = "Pass the pictures either as images, or as filename with altText for a single one.";
const EITHER_TEXT: &str = "Pass either images, or altText for the first picture.";
const TWICE: &str = "Each picture can be named only once.";

/// Either `images`, or `filename` with `altText` for a single picture.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatePostRequest {
    /// 1 to 10 different uploads, in the order in which the post shows them.
    images: Option<Vec<ImageRequest>>,
    /// What an upload returned.
    filename: Option<String>,
    /// At most 1000 characters.
    #[serde(default)]
    description: String,
    /// What the single picture shows, for people who can't see it; at most 1000 characters.
    alt_text: Option<String>,
}

/// A picture, named by what its upload returned.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageRequest {
    filename: String,
    /// What it shows, for people who can't see it; at most 1000 characters.
    #[serde(default)]
    alt_text: String,
}

impl CreatePostRequest {
    pub(super) fn parse(self) -> Result<NewPost, ApiError> {
        let images = match (self.images, self.filename, self.alt_text) {
            (Some(images), None, None) => images,
            (None, Some(filename), alt_text) => {
                vec![ImageRequest { filename, alt_text: alt_text.unwrap_or_default() }]
            }
            _ => return Err(ApiError::Invalid(EITHER.to_owned())),
        };
        let image = |image: ImageRequest| picture(&image.filename, &image.alt_text);
        Ok(NewPost {
            description: Description::parse(&self.description)?,
            pictures: Pictures::new(images.into_iter().map(image).collect::<Result<_, _>>()?)?,
        })
    }
}

/// What is missing stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditPostRequest {
    /// At most 1000 characters.
    description: Option<String>,
    /// What the first picture shows; at most 1000 characters.
    alt_text: Option<String>,
    /// What pictures of the post show; those that are not named stay as they are.
    images: Option<Vec<ImageTextRequest>>,
}

/// What a picture of the post shows.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageTextRequest {
    filename: String,
    /// At most 1000 characters.
    alt_text: String,
}

impl EditPostRequest {
    pub(super) fn parse(self) -> Result<Edit, ApiError> {
        if self.alt_text.is_some() && self.images.is_some() {
            return Err(ApiError::Invalid(EITHER_TEXT.to_owned()));
        }
        let images = self.images.unwrap_or_default().into_iter();
        let image = |image: ImageTextRequest| picture(&image.filename, &image.alt_text);
        let pictures: Vec<Picture> = images.map(image).collect::<Result<_, _>>()?;
        if has_duplicates(&pictures) {
            return Err(ApiError::Invalid(TWICE.to_owned()));
        }
        Ok(Edit {
            description: self.description.map(|text| Description::parse(&text)).transpose()?,
            alt_text: self.alt_text.map(|text| AltText::parse(&text)).transpose()?,
            pictures,
        })
    }
}

fn picture(filename: &str, alt_text: &str) -> Result<Picture, Invalid> {
    Ok(Picture { filename: Filename::parse(filename)?, alt_text: AltText::parse(alt_text)? })
}
