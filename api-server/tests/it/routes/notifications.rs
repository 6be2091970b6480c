//! Notifications, written here as the consumer writes them.

use phasma_store::notification_writes;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Person, TestApp, fields, texts};

/// Bob follows Ada, likes her post and comments on it; the post and the comment.
async fn notify(app: &TestApp, ada: &Person<'_>, bob: &Person<'_>) -> (Uuid, Uuid) {
    let post = ada.publish("a picture").await;
    ada.patch(&format!("/posts/{post}"), &json!({ "altText": "Waves" })).await.expect(200);
    bob.follow(ada).await;
    bob.like(post).await;
    let comment = bob.comment(post, "nice").await;
    notification_writes::insert_follows(app.pool(), &[bob.id], &[ada.id]).await.unwrap();
    notification_writes::insert_likes(app.pool(), &[post], &[bob.id]).await.unwrap();
    notification_writes::insert_comments(app.pool(), &[comment]).await.unwrap();
    (post, comment)
}

#[tokio::test]
async fn each_says_who_did_what_to_which() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let (post, comment) = notify(&app, &ada, &bob).await;
    let (items, _) = ada.get("/notifications").await.page();
    let names = [
        "actorAvatar",
        "actorName",
        "actorUsername",
        "created",
        "entityId",
        "id",
        "picture",
        "postFilename",
        "postId",
        "postThumbhash",
        "read",
        "type",
    ];
    assert_eq!(fields(&items[0]), names);
    assert_eq!(texts(&items, "type"), ["comment", "like", "follow"]);
    assert_eq!(texts(&items, "entityId"), [comment.to_string(), post.to_string(), bob.id.to_string()]);
    assert_eq!((&items[0]["actorUsername"], &items[0]["actorName"]), (&json!("bob"), &json!("Name of bob")));
    assert_eq!((&items[1]["postId"], &items[2]["postId"]), (&json!(post), &json!(null)));
    let picture = json!({
        "filename": items[1]["postFilename"],
        "altText": "Waves",
        "width": 640,
        "height": 480,
        "thumbhash": items[1]["postThumbhash"],
    });
    assert!(picture["filename"].is_string() && picture["thumbhash"] == json!("dGg="), "{picture}");
    assert_eq!(items[0]["picture"], picture);
    assert_eq!((&items[1]["picture"], &items[2]["picture"]), (&picture, &json!(null)));
    assert!(items.iter().all(|item| item["read"] == json!(false)));
    assert_eq!(bob.get("/notifications").await.page(), (vec![], None));
    app.get("/notifications").await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn pages_are_stable_while_more_arrive() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (app.person("ada").await, app.person("bob").await, app.person("eve").await);
    notify(&app, &ada, &bob).await;
    let (items, cursor) = ada.get("/notifications?limit=2").await.page();
    assert_eq!(texts(&items, "type"), ["comment", "like"]);
    eve.follow(&ada).await;
    notification_writes::insert_follows(app.pool(), &[eve.id], &[ada.id]).await.unwrap();
    let (items, cursor) = ada.get(&format!("/notifications?limit=2&cursor={}", cursor.unwrap())).await.page();
    assert_eq!((texts(&items, "type"), cursor), (vec!["follow"], None));
    app.stop().await;
}

#[tokio::test]
async fn reading_one_lowers_the_count_once() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    notify(&app, &ada, &bob).await;
    let unread = async || ada.get("/notifications/unread-count").await.expect(200);
    assert_eq!(unread().await, json!({ "count": 3 }));
    let (items, _) = ada.get("/notifications").await.page();
    let path = format!("/notifications/{}/read", items[0]["id"].as_str().unwrap());
    bob.put(&path, &json!(null)).await.refused(404, "Notification not found.");
    for _ in 0..2 {
        ada.put(&path, &json!(null)).await.expect(204);
        assert_eq!(unread().await, json!({ "count": 2 }));
    }
    assert_eq!(ada.get("/notifications").await.page().0[0]["read"], json!(true));
    app.stop().await;
}

#[tokio::test]
async fn only_what_exists_is_read_and_only_by_someone() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let path = format!("/notifications/{}/read", Uuid::now_v7());
    ada.put(&path, &json!(null)).await.refused(404, "Notification not found.");
    ada.put("/notifications/1/read", &json!(null))
        .await
        .refused(400, "The address names something malformed.");
    ada.token = String::new();
    ada.put(&path, &json!(null)).await.refused(401, "Log in first.");
    app.get("/notifications/unread-count").await.refused(401, "Log in first.");
    app.stop().await;
}
