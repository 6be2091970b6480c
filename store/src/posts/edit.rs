//! Changing what a post says: its caption and the descriptions of its pictures. The caller appends the event between
//! the rows and the counters.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A post about to be changed, locked.
#[derive(Debug, Clone)]
pub struct EditableRow {
    pub id: i64,
    pub user_id: i64,
    pub description: String,
    pub created: OffsetDateTime,
    /// Names of its tags.
    pub hashtags: Vec<String>,
    /// Its pictures in their order, and beside them what each shows.
    pub filenames: Vec<String>,
    pub alt_texts: Vec<String>,
}

/// Locks the post first, so that what is read beside it stays.
pub async fn lock_for_edit(
    connection: &mut PgConnection,
    public_id: Uuid,
) -> Result<Option<EditableRow>, sqlx::Error> {
    let locked = sqlx::query!(
        "select id, user_id, description, created from posts where public_id = $1 for no key update",
        public_id,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(post) = locked else { return Ok(None) };
    let parts = sqlx::query!(
        "select array(select filename from post_media where post_id = $1 order by position) as \"filenames!\",
                array(select alt_text from post_media where post_id = $1 order by position) as \"alt_texts!\",
                array(select h.name from post_hashtags t join hashtags h on h.id = t.hashtag_id
                      where t.post_id = $1) as \"hashtags!\"",
        post.id,
    )
    .fetch_one(connection)
    .await?;
    Ok(Some(EditableRow {
        id: post.id,
        user_id: post.user_id,
        description: post.description,
        created: post.created,
        hashtags: parts.hashtags,
        filenames: parts.filenames,
        alt_texts: parts.alt_texts,
    }))
}

/// Gives a locked post its caption and the pictures of these names their descriptions, and notes that it was changed.
pub async fn update(
    connection: &mut PgConnection,
    post: i64,
    description: &str,
    filenames: &[String],
    alt_texts: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with media as (
             update post_media m set alt_text = new.alt_text
             from unnest($3::text[], $4::text[]) as new (filename, alt_text)
             where m.post_id = $1 and m.filename = new.filename
         )
         update posts set description = $2, edited = now() where id = $1",
        post,
        description,
        filenames,
        alt_texts,
    )
    .execute(connection)
    .await?;
    Ok(())
}
