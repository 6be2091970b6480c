//! One use case each: begin a transaction, let the domain validate, let the store write, append the event, commit.

pub mod accounts;
pub mod administration;
pub mod block;
pub mod comments;
pub mod delete_post;
pub mod edit_post;
pub mod erase_account;
pub mod events;
pub mod export_account;
pub mod follow;
pub mod full_search;
pub mod like;
pub mod log_in;
mod not_yours;
pub mod profile;
pub mod publish_post;
pub mod recent_searches;
pub mod release_media;
pub mod serve_image;
pub mod store_upload;
