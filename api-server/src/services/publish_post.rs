//! Publishing a post: the pending upload becomes its picture in the same transaction.

use phasma_domain::{
    event::{Event, HashtagChanged, PostCreated},
    id::{PostId, UserId},
    media::{Filename, PENDING_SECONDS},
    post::{AltText, Description},
};
use phasma_store::{
    hashtags, outbox,
    posts::{self, InsertedRow, NewMedia},
    uploads::{self, UploadRow},
    users,
};
use time::Duration;

use crate::{app::App, error::ApiError, extract::Viewer};

/// What a post is made of, as sent.
pub struct NewPost {
    pub filename: String,
    pub description: String,
    pub alt_text: String,
}

/// The same, understood.
struct Draft {
    id: PostId,
    filename: Filename,
    description: Description,
    alt_text: AltText,
}

/// Publishes a post and returns its id.
pub async fn publish_post(app: &App, viewer: &Viewer, post: NewPost) -> Result<PostId, ApiError> {
    let draft = Draft {
        id: PostId::generate(),
        filename: Filename::parse(&post.filename)?,
        description: Description::parse(&post.description)?,
        alt_text: AltText::parse(&post.alt_text)?,
    };
    let tags = draft.description.hashtags();
    let mut transaction = app.pool.begin().await?;
    let lifetime = Duration::seconds(PENDING_SECONDS);
    let picture =
        uploads::take(&mut transaction, viewer.id(), draft.filename.as_str(), lifetime).await?.ok_or_else(
            || ApiError::Invalid("That picture is not among your uploads. Upload it again.".to_owned()),
        )?;
    let row = posts::insert(
        &mut transaction,
        viewer.id(),
        draft.id.0,
        draft.description.as_str(),
        media(&draft, &picture),
    )
    .await?;
    let tagged = hashtags::tag(&mut transaction, row.id, &tags).await?;
    outbox::append_all(&mut transaction, &events(viewer, &draft, &row, tags, tagged.new)).await?;
    hashtags::add_to_counters(&mut transaction, &tagged.ids, 1).await?;
    users::add_to_counters(&mut transaction, viewer.id(), 1, 0).await?;
    transaction.commit().await.map_err(ApiError::of_commit)?;
    Ok(draft.id)
}

fn media<'a>(draft: &'a Draft, picture: &'a UploadRow) -> NewMedia<'a> {
    NewMedia {
        filename: draft.filename.as_str(),
        alt_text: draft.alt_text.as_str(),
        width: picture.width,
        height: picture.height,
        thumbhash: &picture.thumbhash,
    }
}

fn events(
    viewer: &Viewer,
    draft: &Draft,
    row: &InsertedRow,
    hashtags: Vec<String>,
    new_hashtags: Vec<String>,
) -> Vec<Event> {
    let created = Event::PostCreated(PostCreated {
        post_id: draft.id,
        author_id: UserId(viewer.0.user_public_id),
        username: viewer.0.username.clone(),
        description: draft.description.as_str().to_owned(),
        hashtags,
        filename: draft.filename.as_str().to_owned(),
        created: row.created,
    });
    let tags = new_hashtags.into_iter().map(|name| Event::HashtagChanged(HashtagChanged { name }));
    std::iter::once(created).chain(tags).collect()
}
