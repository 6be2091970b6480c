//! Liking posts.

use serde_json::json;
use uuid::Uuid;

use crate::support::TestApp;

#[tokio::test]
async fn a_like_counts_once_and_is_told_once() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let post = ada.publish("a picture").await;
    let (path, likes) = (format!("/posts/{post}"), format!("/posts/{post}/likes"));
    app.forget_events().await;
    for _ in 0..2 {
        bob.act(&likes).await.expect(204);
    }
    let like = json!({ "postId": post, "actorId": bob.id, "recipientId": ada.id });
    assert_eq!(app.events().await, [("post.liked.v1".to_owned(), like.clone())]);
    let shown = bob.get(&path).await.expect(200);
    assert_eq!((&shown["likes"], &shown["liked"]), (&json!(1), &json!(true)));
    app.forget_events().await;
    for _ in 0..2 {
        bob.delete(&likes).await.expect(204);
    }
    assert_eq!(app.events().await, [("post.unliked.v1".to_owned(), like)]);
    let shown = bob.get(&path).await.expect(200);
    assert_eq!((&shown["likes"], &shown["liked"]), (&json!(0), &json!(false)));
    assert_eq!(bob.get("/users/me").await.expect(200)["likes"], json!(0));
    app.stop().await;
}

#[tokio::test]
async fn likes_side_by_side_count_once() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let post = ada.publish("a picture").await;
    let likes = format!("/posts/{post}/likes");
    app.forget_events().await;
    let replies = futures::future::join_all((0..8).map(|_| bob.act(&likes))).await;
    assert!(replies.iter().all(|reply| reply.status == 204));
    assert_eq!(app.event_kinds().await, ["post.liked.v1"]);
    assert_eq!(app.number("select likes from post_counters").await, 1);
    app.stop().await;
}

#[tokio::test]
async fn ones_own_post_may_be_liked() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let post = ada.publish("mine").await;
    app.forget_events().await;
    ada.like(post).await;
    let like = json!({ "postId": post, "actorId": ada.id, "recipientId": ada.id });
    assert_eq!(app.events().await, [("post.liked.v1".to_owned(), like)]);
    app.stop().await;
}

#[tokio::test]
async fn only_posts_that_exist_are_liked_and_only_by_someone() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let likes = format!("/posts/{}/likes", ada.publish("mine").await);
    let unknown = format!("/posts/{}/likes", Uuid::now_v7());
    app.forget_events().await;
    ada.act(&unknown).await.refused(404, "Post not found.");
    ada.delete(&unknown).await.refused(404, "Post not found.");
    ada.act("/posts/first/likes").await.refused(400, "The address names something malformed.");
    ada.token = String::new();
    ada.act(&likes).await.refused(401, "Log in first.");
    ada.delete(&likes).await.refused(401, "Log in first.");
    assert!(app.events().await.is_empty());
    app.stop().await;
}
