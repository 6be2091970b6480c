//! One module for each module of routes.

mod bookmarks;
mod celebrities;
mod comments;
mod edits;
mod feed;
mod follows;
mod health;
mod likes;
mod me;
mod notifications;
mod posts;
mod search;
mod sessions;
mod uploads;
mod users;
