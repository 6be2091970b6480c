use std::{fs, path::PathBuf};

use time::macros::datetime;
use uuid::Uuid;

use super::*;

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

/// One of each, with every field set.
fn samples() -> Vec<Event> {
    let created = datetime!(2026-01-02 03:04:05.678 UTC);
    let post_id = PostId(Uuid::from_u128(10));
    let filename = format!("{}.webp", "ab".repeat(16));
    let like = PostLike { post_id, actor_id: user(2), recipient_id: user(1) };
    let comment_id = CommentId(Uuid::from_u128(20));
    let post = PostCreated {
        post_id,
        author_id: user(1),
        username: "ada".into(),
        description: "The #sea".into(),
        hashtags: vec!["sea".into()],
        filename: filename.clone(),
        created,
    };
    let follow = FollowChange { follower_id: user(2), followed_id: user(1) };
    vec![
        Event::UserChanged(UserChanged {
            user_id: user(1),
            username: "ada".into(),
            name: "Ada Lovelace".into(),
            bio: "Notes.".into(),
            avatar: Some(filename.clone()),
            created,
        }),
        Event::PostCreated(post.clone()),
        Event::PostDeleted(PostDeleted { post_id, author_id: user(1) }),
        Event::HashtagChanged(HashtagChanged { name: "sea".into() }),
        Event::MediaReleased(MediaReleased { keys: vec![filename] }),
        Event::PostLiked(like.clone()),
        Event::PostUnliked(like),
        Event::CommentCreated(CommentCreated {
            comment_id,
            post_id,
            actor_id: user(2),
            recipient_id: user(1),
        }),
        Event::CommentDeleted(CommentDeleted {
            comment_id,
            post_id,
            writer_id: user(2),
            recipient_id: user(1),
        }),
        Event::UserFollowed(follow.clone()),
        Event::UserUnfollowed(follow),
        Event::UserDeleted(UserDeleted { user_id: user(1) }),
        Event::PostChanged(post),
    ]
}

fn golden(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{kind}.json"))
}

/// `PHASMA_WRITE_GOLDEN=1 cargo test -p phasma-domain` writes missing files; an existing one is never changed.
#[test]
fn golden_files_are_what_is_written_and_are_still_read() {
    for event in samples() {
        let path = golden(event.kind());
        let text = serde_json::to_string_pretty(&event.payload().unwrap()).unwrap() + "\n";
        if !path.exists() && std::env::var_os("PHASMA_WRITE_GOLDEN").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(stored, text, "{}", event.kind());
        assert_eq!(Event::decode(event.kind(), stored.as_bytes()).unwrap(), event);
    }
}

/// What the release before wrote and the next one will write means the same as what this one writes.
#[test]
fn golden_files_of_other_versions_are_read() {
    for (kind, topic) in ALSO_READ {
        let stored = fs::read(golden(kind)).unwrap();
        let name = |kind| name_and_version(kind).unwrap().0.to_owned();
        let same = samples().into_iter().find(|event| name(event.kind()) == name(kind)).unwrap();
        assert_eq!(Event::decode(kind, &stored).unwrap(), same);
        assert_eq!(topic_of(kind), Some(topic));
        assert_eq!(topic, same.topic());
    }
}

#[test]
fn every_golden_file_of_an_event_is_of_a_version_that_is_read() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden");
    for file in fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let Some(kind) = name.strip_suffix(".json") else { continue };
        assert!(topic_of(kind).is_some(), "{name}");
    }
}

#[test]
fn every_type_has_one_route_and_reads_itself() {
    for event in samples() {
        assert_eq!(topic_of(event.kind()), Some(event.topic()));
        assert!(!event.key().is_empty());
        let payload = serde_json::to_vec(&event.payload().unwrap()).unwrap();
        assert_eq!(Event::decode(event.kind(), &payload).unwrap(), event);
    }
    assert_eq!(samples().len(), ROUTES.len());
}

#[test]
fn unknown_fields_are_ignored_so_that_a_successor_may_add_some() {
    let payload = br#"{"name":"sea","usedBy":3}"#;
    let event = Event::decode("hashtag.changed.v1", payload).unwrap();
    assert_eq!(event, Event::HashtagChanged(HashtagChanged { name: "sea".into() }));
}

#[test]
fn newer_unknown_and_malformed_are_told_apart() {
    assert!(matches!(Event::decode("post.created.v2", b"{}"), Err(DecodeError::NewerVersion(_))));
    assert!(matches!(Event::decode("comment.deleted.v3", b"{}"), Err(DecodeError::NewerVersion(_))));
    assert!(matches!(Event::decode("post.shared.v1", b"{}"), Err(DecodeError::UnknownType(_))));
    assert!(matches!(Event::decode("post.created.v0", b"{}"), Err(DecodeError::UnknownType(_))));
    assert!(matches!(Event::decode("post.created.v1", b"{}"), Err(DecodeError::Payload { .. })));
}
