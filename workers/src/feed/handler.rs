//! What events mean for feeds. Pure.

use phasma_domain::event::Event;
use uuid::Uuid;

/// What to write, by public ids. Writing looks at the truth, so each may be out of date by then.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FeedChanges {
    /// Posts to put into their followers' feeds.
    pub posts: Vec<Uuid>,
    /// Followers, and beside them whom they began to follow.
    pub begun: (Vec<Uuid>, Vec<Uuid>),
    /// Followers, and beside them whom they ceased to follow.
    pub ended: (Vec<Uuid>, Vec<Uuid>),
}

/// Sums up `events`.
pub fn decide(events: &[Event]) -> FeedChanges {
    let mut changes = FeedChanges::default();
    for event in events {
        match event {
            Event::PostCreated(post) => changes.posts.push(post.post_id.0),
            Event::UserFollowed(follow) => {
                push(&mut changes.begun, follow.follower_id.0, follow.followed_id.0);
            }
            Event::UserUnfollowed(follow) => {
                push(&mut changes.ended, follow.follower_id.0, follow.followed_id.0);
            }
            // Rows of deleted posts don't show: reading joins posts. Trimming removes them.
            _ => {}
        }
    }
    changes
}

fn push(pairs: &mut (Vec<Uuid>, Vec<Uuid>), left: Uuid, right: Uuid) {
    pairs.0.push(left);
    pairs.1.push(right);
}

#[cfg(test)]
mod tests {
    use phasma_domain::{
        event::{FollowChange, HashtagChanged, PostCreated},
        id::{PostId, UserId},
    };

    use super::*;

    #[test]
    fn follows_and_unfollows_are_kept_apart_and_the_rest_is_passed_over() {
        let [a, b] = [1, 2].map(Uuid::from_u128);
        let follow = FollowChange { follower_id: UserId(a), followed_id: UserId(b) };
        // A post that says something else is in the same feeds.
        let edited = Event::PostChanged(PostCreated {
            post_id: PostId(a),
            author_id: UserId(b),
            username: "ada".into(),
            description: "New".into(),
            hashtags: vec![],
            filename: "a.webp".into(),
            created: time::OffsetDateTime::UNIX_EPOCH,
        });
        let changes = decide(&[
            edited,
            Event::UserFollowed(follow.clone()),
            Event::HashtagChanged(HashtagChanged { name: "sea".into() }),
            Event::UserUnfollowed(follow),
        ]);
        let pair = (vec![a], vec![b]);
        assert_eq!(changes, FeedChanges { posts: vec![], begun: pair.clone(), ended: pair });
    }
}
