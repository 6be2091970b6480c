//! What still points at a stored picture.

use sqlx::PgExecutor;

/// Those of `keys` that no post, pending upload or avatar refers to any more.
pub async fn list_unreferenced(
    executor: impl PgExecutor<'_>,
    keys: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select key as "key!"
           from unnest($1::text[]) as released (key)
           where not exists (select from post_media where filename = key)
             and not exists (select from uploads where filename = key)
             and not exists (select from users where avatar = key)"#,
        keys,
    )
    .fetch_all(executor)
    .await
}
