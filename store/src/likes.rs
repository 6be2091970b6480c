//! Likes. The like's own row is what orders a like and its undoing.

use sqlx::PgConnection;

/// Likes a post; false if that was so already.
pub async fn insert(connection: &mut PgConnection, user: i64, post: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into likes (user_id, post_id) values ($1, $2) on conflict do nothing",
        user,
        post
    )
    .execute(&mut *connection)
    .await?;
    changed(connection, post, done.rows_affected(), 1).await
}

/// Takes a like back; false if there was none.
pub async fn delete(connection: &mut PgConnection, user: i64, post: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from likes where user_id = $1 and post_id = $2", user, post)
        .execute(&mut *connection)
        .await?;
    changed(connection, post, done.rows_affected(), -1).await
}

async fn changed(
    connection: &mut PgConnection,
    post: i64,
    rows: u64,
    change: i64,
) -> Result<bool, sqlx::Error> {
    if rows == 0 {
        return Ok(false);
    }
    sqlx::query!("update post_counters set likes = likes + $2 where post_id = $1", post, change)
        .execute(connection)
        .await?;
    Ok(true)
}
