//! Events made from what the store answers.

use phasma_domain::{
    event::{Event, UserChanged},
    id::UserId,
};
use phasma_store::users::ProfileRow;

pub(crate) fn user_changed(profile: ProfileRow) -> Event {
    Event::UserChanged(UserChanged {
        user_id: UserId(profile.public_id),
        username: profile.username,
        name: profile.name,
        bio: profile.bio,
        avatar: profile.avatar,
        created: profile.created,
    })
}
