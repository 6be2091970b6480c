//! HTTP: each handler reads its request, calls one service or one read of the store, and shapes the answer.

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub mod blocks;
pub mod bookmarks;
pub mod comments;
pub mod feed;
pub mod follows;
pub mod hashtags;
pub mod health;
pub mod likes;
pub mod me;
pub mod notifications;
pub mod posts;
pub mod recent_searches;
pub mod search;
pub mod sessions;
pub mod uploads;
pub mod users;

/// Every documented route.
pub fn all() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(users::router())
        .merge(me::router())
        .merge(follows::router())
        .merge(blocks::router())
        .merge(sessions::router())
        .merge(feed::router())
        .merge(uploads::router())
        .merge(posts::router())
        .merge(likes::router())
        .merge(bookmarks::router())
        .merge(comments::router())
        .merge(hashtags::router())
        .merge(search::router())
        .merge(recent_searches::router())
        .merge(notifications::router())
        .merge(health::router())
}
