//! Remembering what somebody looked for: each search is held to the rules of the thing it names.

use phasma_domain::{hashtag, user::Username};
use phasma_store::recent_searches;
use uuid::Uuid;

use crate::{app::App, error::ApiError, extract::Viewer, services::full_search::parse_query};

/// What was looked for, as sent.
pub enum Search<'a> {
    User(&'a str),
    Hashtag(&'a str),
    Posts(&'a str),
}

/// Records a search; one that is there already moves to the top.
pub async fn record(app: &App, viewer: &Viewer, search: Search<'_>) -> Result<(), ApiError> {
    let id = Uuid::now_v7();
    let mut transaction = app.pool.begin().await?;
    match search {
        Search::User(username) => {
            let username = Username::parse(username)?;
            recent_searches::insert_user(&mut transaction, viewer.id(), id, username.as_str())
                .await?
                .then_some(())
                .ok_or(ApiError::NotFound("User not found."))?;
        }
        Search::Hashtag(name) => {
            let name = hashtag::normalize(parse_query(name.strip_prefix('#').unwrap_or(name))?);
            recent_searches::insert_hashtag(&mut transaction, viewer.id(), id, &name)
                .await?
                .then_some(())
                .ok_or(ApiError::NotFound("Hashtag not found."))?;
        }
        Search::Posts(query) => {
            recent_searches::insert_query(&mut transaction, viewer.id(), id, parse_query(query)?).await?;
        }
    }
    transaction.commit().await.map_err(ApiError::of_commit)
}
