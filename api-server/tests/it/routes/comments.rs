//! Comments on posts.

use serde_json::json;
use uuid::Uuid;

use crate::support::{TestApp, fields, texts};

#[tokio::test]
async fn a_comment_is_shown_counted_and_told() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let post = ada.publish("a picture").await;
    app.forget_events().await;
    let path = format!("/posts/{post}/comments");
    let written = bob.post(&path, &json!({ "body": "  nice, @ada " })).await.expect(201);
    assert_eq!(fields(&written), ["avatar", "body", "created", "id", "segments", "username"]);
    assert_eq!((&written["username"], &written["body"]), (&json!("bob"), &json!("nice, @ada")));
    assert_eq!(written["segments"][1], json!({ "type": "mention", "text": "@ada", "target": "ada" }));
    assert_eq!(ada.get(&path).await.page(), (vec![written.clone()], None));
    assert_eq!(app.get(&format!("/posts/{post}")).await.expect(200)["comments"], json!(1));
    let change =
        json!({ "commentId": written["id"], "postId": post, "actorId": bob.id, "recipientId": ada.id });
    assert_eq!(app.events().await, [("comment.created.v1".to_owned(), change)]);
    app.stop().await;
}

#[tokio::test]
async fn comments_have_one_to_four_hundred_characters() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let path = format!("/posts/{}/comments", ada.publish("a picture").await);
    app.forget_events().await;
    let refusal = "Comment must be 1 to 400 characters.";
    ada.post(&path, &json!({ "body": " \n " })).await.refused(400, refusal);
    ada.post(&path, &json!({ "body": "ü".repeat(401) })).await.refused(400, refusal);
    let unknown = format!("/posts/{}/comments", Uuid::now_v7());
    ada.post(&unknown, &json!({ "body": "hi" })).await.refused(404, "Post not found.");
    ada.get(&unknown).await.refused(404, "Post not found.");
    assert!(app.events().await.is_empty());
    ada.post(&path, &json!({ "body": "ü".repeat(400) })).await.expect(201);
    ada.token = String::new();
    ada.post(&path, &json!({ "body": "hi" })).await.refused(401, "Log in first.");
    ada.get(&path).await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn comments_are_listed_newest_first() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let post = ada.publish("a picture").await;
    for text in ["one", "two", "three"] {
        ada.comment(post, text).await;
    }
    let pages = ada.pages(&format!("/posts/{post}/comments"), 2).await;
    assert_eq!((texts(&pages[0], "body"), texts(&pages[1], "body")), (vec!["three", "two"], vec!["one"]));
    app.stop().await;
}

#[tokio::test]
async fn a_comment_is_deleted_by_its_writer_or_the_posts_owner() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (app.person("ada").await, app.person("bob").await, app.person("eve").await);
    let post = ada.publish("a picture").await;
    let [first, second] = [bob.comment(post, "first").await, bob.comment(post, "second").await];
    app.forget_events().await;
    let path = |comment: Uuid| format!("/posts/{post}/comments/{comment}");
    eve.delete(&path(first)).await.refused(403, "Only its writer and the post's owner can delete a comment.");
    bob.delete(&path(first)).await.expect(204);
    ada.delete(&path(second)).await.expect(204);
    let change = |comment| {
        let payload =
            json!({ "commentId": comment, "postId": post, "actorId": bob.id, "recipientId": ada.id });
        ("comment.deleted.v1".to_owned(), payload)
    };
    assert_eq!(app.events().await, [change(first), change(second)]);
    assert_eq!(app.get(&format!("/posts/{post}")).await.expect(200)["comments"], json!(0));
    bob.delete(&path(first)).await.refused(404, "Comment not found.");
    assert_eq!(app.events().await.len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn a_comment_is_only_found_below_its_own_post() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let [post, other] = [ada.publish("a picture").await, ada.publish("another").await];
    let comment = ada.comment(post, "here").await;
    ada.delete(&format!("/posts/{other}/comments/{comment}")).await.refused(404, "Comment not found.");
    ada.delete(&format!("/posts/{post}/comments/1"))
        .await
        .refused(400, "The address names something malformed.");
    ada.token = String::new();
    ada.delete(&format!("/posts/{post}/comments/{comment}")).await.refused(401, "Log in first.");
    assert_eq!(app.number("select count(*) from comments").await, 1);
    app.stop().await;
}
