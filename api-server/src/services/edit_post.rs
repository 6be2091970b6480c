//! Changing what a post says. Its tags, their counts and the search engine follow the caption.

use phasma_domain::{
    event::{Event, HashtagChanged, PostCreated},
    id::{PostId, UserId},
    post::{AltText, Description, Picture},
};
use phasma_store::{
    hashtags, outbox,
    posts::{self, EditableRow, PostRow},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{app::App, error::ApiError, extract::Viewer, services::not_yours::refusal};

const UNKNOWN: ApiError = ApiError::NotFound("Post not found.");

/// What is to be said from now on; all else stays.
pub struct Edit {
    pub description: Option<Description>,
    /// Of the first picture.
    pub alt_text: Option<AltText>,
    pub pictures: Vec<Picture>,
}

/// The post as it is to be.
struct Changed {
    description: Description,
    /// The pictures whose descriptions change, and beside them the new ones.
    filenames: Vec<String>,
    alt_texts: Vec<String>,
}

/// Changes a post of the viewer's and returns it. Saying what it says already changes nothing.
pub async fn edit_post(app: &App, viewer: &Viewer, post: Uuid, edit: Edit) -> Result<PostRow, ApiError> {
    let mut transaction = app.pool.begin().await?;
    let old = posts::lock_for_edit(&mut transaction, post).await?.ok_or(UNKNOWN)?;
    if old.user_id != viewer.id() {
        return Err(refusal(&mut transaction, viewer, post, "Only its owner can change a post.").await?);
    }
    if let Some(changed) = changes(&old, edit)? {
        apply(&mut transaction, viewer, PostId(post), &old, &changed).await?;
    }
    let row = posts::find(&mut *transaction, Some(viewer.id()), post).await?.ok_or(UNKNOWN)?;
    transaction.commit().await.map_err(ApiError::of_commit)?;
    Ok(row)
}

/// What differs from what the post says, if anything does.
fn changes(old: &EditableRow, edit: Edit) -> Result<Option<Changed>, ApiError> {
    let mut texts: Vec<(String, String)> = Vec::new();
    let first = old.filenames.first().cloned().zip(edit.alt_text);
    texts.extend(first.map(|(filename, text)| (filename, text.as_str().to_owned())));
    let named = edit.pictures.into_iter();
    texts.extend(named.map(|p| (p.filename.as_str().to_owned(), p.alt_text.as_str().to_owned())));
    let mut changed = Changed {
        description: edit.description.map_or_else(|| Description::parse(&old.description), Ok)?,
        filenames: Vec::new(),
        alt_texts: Vec::new(),
    };
    for (filename, text) in texts {
        let at = old.filenames.iter().position(|known| *known == filename).ok_or_else(not_shown)?;
        if old.alt_texts[at] != text {
            changed.filenames.push(filename);
            changed.alt_texts.push(text);
        }
    }
    let differs = changed.description.as_str() != old.description || !changed.filenames.is_empty();
    Ok(differs.then_some(changed))
}

fn not_shown() -> ApiError {
    ApiError::Invalid("The post doesn't show one of these pictures: name those in its images.".to_owned())
}

async fn apply(
    connection: &mut PgConnection,
    viewer: &Viewer,
    post: PostId,
    old: &EditableRow,
    new: &Changed,
) -> Result<(), sqlx::Error> {
    let Changed { description, filenames, alt_texts } = new;
    posts::update(connection, old.id, description.as_str(), filenames, alt_texts).await?;
    let tags = description.hashtags();
    let without = |all: &[String], some: &[String]| -> Vec<String> {
        all.iter().filter(|name| !some.contains(name)).cloned().collect()
    };
    let removed = hashtags::untag(connection, old.id, &without(&old.hashtags, &tags)).await?;
    let added = hashtags::tag(connection, old.id, &without(&tags, &old.hashtags)).await?;
    let mut events = vec![Event::PostChanged(PostCreated {
        post_id: post,
        author_id: UserId(viewer.0.user_public_id),
        username: viewer.0.username.clone(),
        description: description.as_str().to_owned(),
        hashtags: tags,
        filename: old.filenames.first().cloned().unwrap_or_default(),
        created: old.created,
    })];
    events.extend(added.new.into_iter().map(|name| Event::HashtagChanged(HashtagChanged { name })));
    outbox::append_all(connection, &events).await?;
    hashtags::move_counters(connection, &added.ids, &removed).await
}
