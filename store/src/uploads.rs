//! Pictures that wait for their post.

use phasma_domain::{
    event::{Event, MediaReleased},
    media::{MAX_PENDING, PENDING_SECONDS},
};
use sqlx::{PgConnection, PgExecutor};
use time::{Duration, OffsetDateTime};

use crate::outbox;

/// A stored picture's measures.
#[derive(Debug, Clone)]
pub struct UploadRow {
    pub width: i32,
    pub height: i32,
    pub thumbhash: Vec<u8>,
}

/// A pending upload that was consumed.
#[derive(Debug, Clone)]
pub struct TakenRow {
    pub filename: String,
    pub width: i32,
    pub height: i32,
    pub thumbhash: Vec<u8>,
}

/// Consumes those of the user's own pending uploads that have these names and are not too old, locking in the order
/// of names.
pub async fn take(
    connection: &mut PgConnection,
    user: i64,
    filenames: &[String],
    lifetime: Duration,
) -> Result<Vec<TakenRow>, sqlx::Error> {
    sqlx::query_as!(
        TakenRow,
        "with mine as materialized (
             select filename from uploads
             where filename = any($2) and user_id = $1 and created > now() - make_interval(secs => $3)
             order by filename for update
         )
         delete from uploads u using mine where u.filename = mine.filename
         returning u.filename, u.width, u.height, u.thumbhash",
        user,
        filenames,
        lifetime.as_seconds_f64(),
    )
    .fetch_all(connection)
    .await
}

/// Whether the user may hold one more pending upload.
pub async fn has_room(
    executor: impl PgExecutor<'_>,
    user: i64,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) < $2 as "room!" from uploads where user_id = $1 and created > $3"#,
        user,
        MAX_PENDING,
        oldest(now),
    )
    .fetch_one(executor)
    .await
}

/// Inserts a pending upload, unless the user already holds as many as allowed: then the answer is false. Run it in
/// a transaction, whose lock makes uploads of one user wait for each other here.
pub async fn insert(
    connection: &mut PgConnection,
    user: i64,
    filename: &str,
    picture: &UploadRow,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    sqlx::query!("select id from users where id = $1 for no key update", user)
        .fetch_optional(&mut *connection)
        .await?;
    if !has_room(&mut *connection, user, now).await? {
        return Ok(false);
    }
    sqlx::query!(
        "insert into uploads (filename, user_id, width, height, thumbhash, created) values ($1, $2, $3, $4, $5, $6)",
        filename,
        user,
        picture.width,
        picture.height,
        &picture.thumbhash,
        now,
    )
    .execute(connection)
    .await?;
    Ok(true)
}

/// Deletes a pending upload and announces its picture as released: both or neither, when run in a transaction.
pub async fn release(connection: &mut PgConnection, filename: &str) -> Result<(), sqlx::Error> {
    let done =
        sqlx::query!("delete from uploads where filename = $1", filename).execute(&mut *connection).await?;
    if done.rows_affected() == 1 {
        let keys = vec![filename.to_owned()];
        outbox::append(connection, &Event::MediaReleased(MediaReleased { keys })).await?;
    }
    Ok(())
}

/// Deletes uploads that waited too long for their post and announces their pictures as released: both or neither,
/// when run in a transaction. Returns how many there were; as many as one event holds means that there may be more.
pub async fn expire(connection: &mut PgConnection, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let keys = sqlx::query_scalar!(
        "delete from uploads where filename in (
             select filename from uploads where created <= $1 order by created limit $2 for update skip locked
         )
         returning filename",
        oldest(now),
        MediaReleased::MAX_KEYS as i64,
    )
    .fetch_all(&mut *connection)
    .await?;
    let expired = keys.len();
    if expired > 0 {
        outbox::append(connection, &Event::MediaReleased(MediaReleased { keys })).await?;
    }
    Ok(expired)
}

/// An upload made at this moment or before waited too long.
fn oldest(now: OffsetDateTime) -> OffsetDateTime {
    now - Duration::seconds(PENDING_SECONDS)
}
