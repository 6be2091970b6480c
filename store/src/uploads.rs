//! Pictures that wait for their post.

use sqlx::PgConnection;
use time::Duration;

/// A stored picture's measures.
#[derive(Debug, Clone)]
pub struct UploadRow {
    pub width: i32,
    pub height: i32,
    pub thumbhash: Vec<u8>,
}

/// Consumes the user's own pending upload; `None` if there is none of this name, or it is too old.
pub async fn take(
    connection: &mut PgConnection,
    user: i64,
    filename: &str,
    lifetime: Duration,
) -> Result<Option<UploadRow>, sqlx::Error> {
    sqlx::query_as!(
        UploadRow,
        "delete from uploads
         where filename = $2 and user_id = $1 and created > now() - make_interval(secs => $3)
         returning width, height, thumbhash",
        user,
        filename,
        lifetime.as_seconds_f64(),
    )
    .fetch_optional(connection)
    .await
}
