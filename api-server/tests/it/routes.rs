//! One module for each module of routes.

mod blocks;
mod bookmarks;
mod celebrities;
mod comments;
mod edits;
mod export;
mod feed;
mod follows;
mod hashtags;
mod health;
mod likes;
mod me;
mod notifications;
mod posts;
mod recent_searches;
mod search;
mod sessions;
mod uploads;
mod users;
