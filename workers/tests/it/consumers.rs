//! The consumers: from what people do to feeds and notifications.

use fred::prelude::*;
use phasma_domain::{
    contract::{
        channels,
        topics::{ACTIVITY, DEAD_LETTERS_SUFFIX, ENTITY_CHANGES},
    },
    event::{Event, PostLike},
    id::UserId,
};
use phasma_store::testing::required;
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Installation, PARTITIONS, Person, eventually, free_address, job, until};

fn post_liked(actor: Person, post_id: phasma_domain::id::PostId, recipient_id: UserId) -> String {
    let like = PostLike { post_id, actor_id: actor.id, recipient_id };
    Event::PostLiked(like).payload().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_reaches_its_followers_and_nobody_else() {
    let (installation, roles) = Installation::at_work().await;
    let people = installation.people();
    let (author, follower, stranger) =
        (people.sign_up("author").await, people.sign_up("follower").await, people.sign_up("stranger").await);
    people.follow(follower, author).await;
    let posts = [people.post(author).await.0, people.post(author).await.0];
    until("both posts are in the feed", async || people.feed(follower).await == posts).await;
    assert_eq!(people.feed(stranger).await, Vec::<Uuid>::new());
    assert_eq!(people.feed(author).await, Vec::<Uuid>::new());
    for role in roles {
        role.stop().await;
    }
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_brings_older_posts_along_and_an_unfollow_takes_them_away() {
    let (installation, roles) = Installation::at_work().await;
    let people = installation.people();
    let (author, other, reader) =
        (people.sign_up("author").await, people.sign_up("other").await, people.sign_up("reader").await);
    let old = people.post(author).await.0;
    let kept = people.post(other).await.0;
    people.follow(reader, author).await;
    people.follow(reader, other).await;
    until("both are in the feed", async || people.feed(reader).await == [old, kept]).await;
    people.unfollow(reader, author).await;
    until("only the other's is left", async || people.feed(reader).await == [kept]).await;
    for role in roles {
        role.stop().await;
    }
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_of_what_others_do_until_it_is_undone() {
    let (installation, roles) = Installation::at_work().await;
    let people = installation.people();
    let (ada, bob) = (people.sign_up("ada").await, people.sign_up("bob").await);
    let post = people.post(ada).await;
    people.like(ada, post, ada).await;
    people.like(bob, post, ada).await;
    people.follow(bob, ada).await;
    let comment = people.comment(bob, post, ada).await;
    let expected =
        [("comment".to_owned(), comment.0), ("follow".to_owned(), bob.id.0), ("like".to_owned(), post.0)];
    until("three notifications", async || people.notifications(ada).await == expected).await;
    assert_eq!(people.notifications(bob).await, []);

    people.unlike(bob, post, ada).await;
    people.unfollow(bob, ada).await;
    people.delete_comment(comment, bob, post, ada).await;
    until("none is left", async || people.notifications(ada).await.is_empty()).await;

    people.like(bob, post, ada).await;
    until("liked again", async || people.notifications(ada).await.len() == 1).await;
    people.delete_post(ada, post).await;
    until("gone with the post", async || people.notifications(ada).await.is_empty()).await;
    for role in roles {
        role.stop().await;
    }
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connected_viewers_get_a_hint() {
    let (installation, roles) = Installation::at_work().await;
    let people = installation.people();
    let (ada, bob) = (people.sign_up("ada").await, people.sign_up("bob").await);
    let config = Config::from_url(&required("PHASMA_CACHE_URL")).unwrap();
    let viewer = Builder::from_config(config).build_subscriber_client().unwrap();
    viewer.init().await.unwrap();
    viewer.subscribe(channels::LIVE).await.unwrap();
    let mut hints = viewer.message_rx();
    people.follow(bob, ada).await;
    // The channel is one for all installations of the services: others' hints pass by.
    loop {
        let hint: String = hints.recv().await.unwrap().value.convert().unwrap();
        let hint: Value = serde_json::from_str(&hint).unwrap();
        if hint["userIds"].as_array().unwrap().contains(&Value::from(ada.id.to_string())) {
            break;
        }
    }
    assert_eq!(people.notifications(ada).await.len(), 1, "the hint came before its effect");
    for role in roles {
        role.stop().await;
    }
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_and_outdated_events_change_nothing() {
    let installation = Installation::create().await;
    let people = installation.people();
    let (ada, bob, eve) =
        (people.sign_up("ada").await, people.sign_up("bob").await, people.sign_up("eve").await);
    let post = people.post(ada).await;
    people.like(bob, post, ada).await;
    let consumers = installation.start("consumers");
    let key = ada.id.to_string();
    for _ in 0..3 {
        let payload = post_liked(bob, post, ada.id);
        installation.topics().write(ACTIVITY, &key, Some("post.liked.v1"), &payload).await;
    }
    // Eve's like was taken back before its event arrived; the comment's post is long gone.
    let payload = post_liked(eve, post, ada.id);
    installation.topics().write(ACTIVITY, &key, Some("post.liked.v1"), &payload).await;
    let gone = format!(
        r#"{{"commentId":"{0}","postId":"{0}","actorId":"{1}","recipientId":"{2}"}}"#,
        Uuid::now_v7(),
        eve.id,
        ada.id
    );
    installation.topics().write(ACTIVITY, &key, Some("comment.created.v1"), &gone).await;
    consumers.metric("phasma_consumers_events_total{group=\"notifications\"}", "5").await;
    assert_eq!(people.notifications(ada).await, [("like".to_owned(), post.0)]);
    consumers.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_never_be_processed_is_set_aside_and_the_rest_goes_on() {
    let installation = Installation::create().await;
    let people = installation.people();
    let (ada, bob) = (people.sign_up("ada").await, people.sign_up("bob").await);
    let post = people.post(ada).await;
    people.like(bob, post, ada).await;
    let key = ada.id.to_string();
    let topics = installation.topics();
    topics.write(ACTIVITY, &key, Some("post.liked.v1"), "not JSON").await;
    topics.write(ACTIVITY, &key, None, "{}").await;
    topics.write(ACTIVITY, &key, Some("post.liked.v1"), &post_liked(bob, post, ada.id)).await;
    let consumers = installation.start("consumers");
    until("the good one is processed", async || people.notifications(ada).await.len() == 1).await;

    // Both groups read this topic, and each sets aside what it can't read.
    let letters = topics.first(&format!("{ACTIVITY}{DEAD_LETTERS_SUFFIX}"), 4).await;
    let of =
        |group: &str| letters.iter().filter(|l| l.headers["dead_letter_group"] == group).collect::<Vec<_>>();
    for group in ["feed", "notifications"] {
        let [malformed, untyped] = of(group)[..] else { panic!("{group}: {letters:?}") };
        assert_eq!((malformed.key.as_str(), malformed.payload.as_str()), (key.as_str(), "not JSON"));
        assert_eq!(malformed.headers["ce_type"], "post.liked.v1");
        assert!(malformed.headers["dead_letter_reason"].contains("does not parse"));
        assert!(malformed.headers["dead_letter_source"].ends_with("/0"));
        assert!(untyped.headers["dead_letter_reason"].contains("unknown event type"));
    }
    consumers.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_newer_release_is_waited_for_while_other_partitions_go_on() {
    let installation = Installation::create().await;
    let people = installation.people();
    let (ada, bob) = (people.sign_up("ada").await, people.sign_up("bob").await);
    let post = people.post(ada).await;
    people.like(bob, post, ada).await;
    let topics = installation.topics();
    let good = post_liked(bob, post, ada.id);
    let stopped = topics.write(ACTIVITY, "key", Some("post.liked.v2"), "{}").await;
    assert_eq!(topics.write(ACTIVITY, "key", Some("post.liked.v1"), &good).await, stopped);
    let consumers = installation.start("consumers");
    let waiting = "phasma_consumers_waiting_partitions{group=\"notifications\"}";
    consumers.metric(waiting, "1").await;

    let mut elsewhere = 0;
    for n in 0.. {
        if topics.write(ACTIVITY, &format!("other {n}"), Some("post.liked.v1"), &good).await != stopped {
            elsewhere += 1;
        }
        if elsewhere == PARTITIONS {
            break;
        }
    }
    let done = "phasma_consumers_events_total{group=\"notifications\"}";
    consumers.metric(done, &PARTITIONS.to_string()).await;
    consumers.stop().await;

    // The offset stayed: the next one meets the same event again.
    let again = installation.start("consumers");
    again.metric(waiting, "1").await;
    again.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fan_out_is_larger_than_one_statement() {
    const FOLLOWERS: i64 = 12_000;
    let installation = Installation::create().await;
    let people = installation.people();
    let author = people.sign_up("author").await;
    sqlx::query(
        "insert into users (public_id, username, name, email, password_hash)
         select uuidv7(), 'u' || n, 'u', 'u' || n || '@example.org', '-' from generate_series(1, $1) n",
    )
    .bind(FOLLOWERS)
    .execute(installation.pool())
    .await
    .unwrap();
    sqlx::query("insert into follows (follower_id, followed_id) select id, $1 from users where id <> $1")
        .bind(author.key)
        .execute(installation.pool())
        .await
        .unwrap();
    let post = people.post(author).await;
    let event = sqlx::query_scalar::<_, Value>("select payload from outbox where type = 'post.created.v1'")
        .fetch_one(installation.pool())
        .await
        .unwrap();
    let consumers = installation.start("consumers");
    let key = post.to_string();
    installation.topics().write(ENTITY_CHANGES, &key, Some("post.created.v1"), &event.to_string()).await;
    eventually("every follower has it", async || {
        let rows: i64 =
            sqlx::query_scalar("select count(*) from feed").fetch_one(installation.pool()).await.unwrap();
        (rows == FOLLOWERS).then_some(())
    })
    .await;
    consumers.stop().await;
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_made_anew_are_read_again() {
    let (installation, roles) = Installation::at_work().await;
    let people = installation.people();
    let (ada, bob) = (people.sign_up("ada").await, people.sign_up("bob").await);
    people.follow(bob, ada).await;
    until("she is told", async || people.notifications(ada).await.len() == 1).await;
    installation.topics().delete().await;
    // While the topics are away; whoever subscribed to them has seen that they are.
    let post = people.post(ada).await;
    people.like(bob, post, ada).await;
    roles[1].metric("phasma_consumers_subscriptions_total{group=\"notifications\"}", "2").await;
    let made = job(&["provision"], &installation.settings()).await;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    until("she is told of the like", async || people.notifications(ada).await.len() == 2).await;
    until("the post is in the feed", async || people.feed(bob).await == [post.0]).await;
    for role in roles {
        role.stop().await;
    }
    installation.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_much_newer_release_is_refused_in_words() {
    let installation = Installation::without_topics().await;
    let newer = "update schema_range set oldest = 30000101000000";
    sqlx::query(newer).execute(installation.pool()).await.unwrap();
    let mut settings = installation.settings();
    settings.push(("PHASMA_ADMIN_ADDRESS", free_address().to_string()));
    let ended = job(&["consumers"], &settings).await;
    assert!(!ended.status.success());
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("the database was changed by a newer release"), "{said}");
    installation.remove().await;
}
