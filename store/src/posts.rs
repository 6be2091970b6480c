//! Posts: publishing, deleting, and reading them as cards.

mod read;
mod write;

pub(crate) use read::select_posts;
pub use read::{PostRow, find, find_many, list_by_author, list_liked, list_popular};
pub use write::{DeletedPost, NewPost, OwnedPostRow, PublishedPost, delete, insert, lock};
