//! What events mean for notifications. Pure.

use std::collections::BTreeSet;

use phasma_domain::event::Event;
use uuid::Uuid;

/// Pairs, as two columns of one length.
pub type Pairs = (Vec<Uuid>, Vec<Uuid>);

/// What to write, by public ids. Writing looks at the truth, so each may be out of date by then.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NotificationChanges {
    /// Posts, and beside them who likes them.
    pub liked: Pairs,
    pub unliked: Pairs,
    /// Followers, and beside them whom they follow.
    pub followed: Pairs,
    pub unfollowed: Pairs,
    pub commented: Vec<Uuid>,
    /// Recipients, writers and comments that are gone.
    pub uncommented: (Vec<Uuid>, Vec<Uuid>, Vec<Uuid>),
    /// Everyone for whom something changes.
    pub recipients: BTreeSet<Uuid>,
}

/// Sums up `events`.
pub fn decide(events: &[Event]) -> NotificationChanges {
    let mut changes = NotificationChanges::default();
    for event in events {
        let recipient = match event {
            Event::PostLiked(like) => {
                push(&mut changes.liked, like.post_id.0, like.actor_id.0);
                like.recipient_id
            }
            Event::PostUnliked(like) => {
                push(&mut changes.unliked, like.post_id.0, like.actor_id.0);
                like.recipient_id
            }
            Event::CommentCreated(comment) => {
                changes.commented.push(comment.comment_id.0);
                comment.recipient_id
            }
            Event::CommentDeleted(comment) => {
                changes.uncommented.0.push(comment.recipient_id.0);
                changes.uncommented.1.push(comment.writer_id.0);
                changes.uncommented.2.push(comment.comment_id.0);
                comment.recipient_id
            }
            Event::UserFollowed(follow) => {
                push(&mut changes.followed, follow.follower_id.0, follow.followed_id.0);
                follow.followed_id
            }
            Event::UserUnfollowed(follow) => {
                push(&mut changes.unfollowed, follow.follower_id.0, follow.followed_id.0);
                follow.followed_id
            }
            _ => continue,
        };
        changes.recipients.insert(recipient.0);
    }
    changes
}

fn push(pairs: &mut Pairs, left: Uuid, right: Uuid) {
    pairs.0.push(left);
    pairs.1.push(right);
}

#[cfg(test)]
mod tests {
    use phasma_domain::{
        event::{FollowChange, PostLike},
        id::{PostId, UserId},
    };

    use super::*;

    #[test]
    fn recipients_are_the_author_and_the_followed() {
        let [post, ada, bob] = [1, 2, 3].map(Uuid::from_u128);
        let like = PostLike { post_id: PostId(post), actor_id: UserId(bob), recipient_id: UserId(ada) };
        let follow = FollowChange { follower_id: UserId(ada), followed_id: UserId(bob) };
        let changes =
            decide(&[Event::PostLiked(like.clone()), Event::PostUnliked(like), Event::UserFollowed(follow)]);
        assert_eq!(changes.liked, (vec![post], vec![bob]));
        assert_eq!(changes.unliked, (vec![post], vec![bob]));
        assert_eq!(changes.followed, (vec![ada], vec![bob]));
        assert_eq!(changes.recipients, BTreeSet::from([ada, bob]));
    }
}
