//! Publishing a post: pending uploads become its pictures in the same transaction.

use phasma_domain::{
    event::{Event, HashtagChanged, PostCreated},
    id::{PostId, UserId},
    media::PENDING_SECONDS,
    post::{Description, Picture, Pictures},
};
use phasma_store::{
    hashtags, outbox,
    posts::{self, InsertedRow, NewMedia},
    uploads::{self, TakenRow},
    users,
};
use sqlx::PgConnection;
use time::Duration;

use crate::{app::App, error::ApiError, extract::Viewer};

const NOT_PENDING: &str = "That picture is not among your uploads. Upload it again.";

/// What a post is made of.
pub struct NewPost {
    pub pictures: Pictures,
    pub description: Description,
}

/// Publishes a post and returns its id.
pub async fn publish_post(app: &App, viewer: &Viewer, post: NewPost) -> Result<PostId, ApiError> {
    let id = PostId::generate();
    let tags = post.description.hashtags();
    let mut transaction = app.pool.begin().await?;
    let media = take_uploads(&mut transaction, viewer, post.pictures.as_slice()).await?;
    let row = posts::insert(&mut transaction, viewer.id(), id.0, post.description.as_str(), &media).await?;
    let tagged = hashtags::tag(&mut transaction, row.id, &tags).await?;
    outbox::append_all(&mut transaction, &events(viewer, id, &post, &row, tags, tagged.new)).await?;
    hashtags::add_to_counters(&mut transaction, &tagged.ids, 1).await?;
    users::add_to_counters(&mut transaction, viewer.id(), 1, 0).await?;
    transaction.commit().await.map_err(ApiError::of_commit)?;
    Ok(id)
}

/// Consumes the uploads that the pictures name, all or none.
async fn take_uploads(
    connection: &mut PgConnection,
    viewer: &Viewer,
    pictures: &[Picture],
) -> Result<NewMedia, ApiError> {
    let names: Vec<_> = pictures.iter().map(|picture| picture.filename.as_str().to_owned()).collect();
    let taken = uploads::take(connection, viewer.id(), &names, Duration::seconds(PENDING_SECONDS)).await?;
    media(pictures, taken).ok_or_else(|| ApiError::Invalid(NOT_PENDING.to_owned()))
}

/// The pictures with their measures, in the order of the post; `None` if one is missing.
fn media(pictures: &[Picture], mut taken: Vec<TakenRow>) -> Option<NewMedia> {
    let mut media = NewMedia::default();
    for picture in pictures {
        let at = taken.iter().position(|row| row.filename == picture.filename.as_str())?;
        let row = taken.swap_remove(at);
        media.filenames.push(row.filename);
        media.alt_texts.push(picture.alt_text.as_str().to_owned());
        media.widths.push(row.width);
        media.heights.push(row.height);
        media.thumbhashes.push(row.thumbhash);
    }
    Some(media)
}

fn events(
    viewer: &Viewer,
    id: PostId,
    post: &NewPost,
    row: &InsertedRow,
    hashtags: Vec<String>,
    new_hashtags: Vec<String>,
) -> Vec<Event> {
    let created = Event::PostCreated(PostCreated {
        post_id: id,
        author_id: UserId(viewer.0.user_public_id),
        username: viewer.0.username.clone(),
        description: post.description.as_str().to_owned(),
        hashtags,
        filename: post.pictures.first().filename.as_str().to_owned(),
        created: row.created,
    });
    let tags = new_hashtags.into_iter().map(|name| Event::HashtagChanged(HashtagChanged { name }));
    std::iter::once(created).chain(tags).collect()
}
