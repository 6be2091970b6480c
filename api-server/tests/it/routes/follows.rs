//! Following people.

use serde_json::json;

use crate::support::{TestApp, texts};

#[tokio::test]
async fn following_counts_once_and_is_told_once() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    for _ in 0..2 {
        ada.act("/users/bob/follow").await.expect(204);
    }
    let change = json!({ "followerId": ada.id, "followedId": bob.id });
    assert_eq!(app.events().await, [("user.followed.v1".to_owned(), change.clone())]);
    let shown = ada.get("/users/bob").await.expect(200);
    assert_eq!((&shown["followers"], &shown["following"]), (&json!(1), &json!(0)));
    assert_eq!(ada.get("/users/me").await.expect(200)["following"], json!(1));
    app.forget_events().await;
    for _ in 0..2 {
        ada.delete("/users/bob/follow").await.expect(204);
    }
    assert_eq!(app.events().await, [("user.unfollowed.v1".to_owned(), change)]);
    let shown = ada.get("/users/bob").await.expect(200);
    assert_eq!((&shown["followers"], &shown["isFollowing"]), (&json!(0), &json!(false)));
    app.stop().await;
}

#[tokio::test]
async fn nobody_follows_themselves_nobody_or_as_a_stranger() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    ada.act("/users/ada/follow").await.refused(400, "You can't follow yourself.");
    ada.delete("/users/ada/follow").await.refused(400, "You can't follow yourself.");
    ada.act("/users/nobody/follow").await.refused(404, "User not found.");
    ada.delete("/users/nobody/follow").await.refused(404, "User not found.");
    ada.token = String::new();
    ada.act("/users/ada/follow").await.refused(401, "Log in first.");
    ada.delete("/users/ada/follow").await.refused(401, "Log in first.");
    assert!(app.events().await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn both_lists_are_newest_first_and_as_the_viewer_sees_them() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for name in ["one", "two", "three"] {
        let other = app.person(name).await;
        other.follow(&ada).await;
        ada.follow(&other).await;
    }
    let viewer = app.person("viewer").await;
    viewer.act("/users/two/follow").await.expect(204);
    for list in ["followers", "following"] {
        let pages = viewer.pages(&format!("/users/ada/{list}"), 2).await;
        assert_eq!(texts(&pages[0], "username"), ["three", "two"], "{list}");
        assert_eq!(texts(&pages[1], "username"), ["one"], "{list}");
        assert_eq!((&pages[0][0]["isFollowing"], &pages[0][1]["isFollowing"]), (&json!(false), &json!(true)));
        assert!(pages[0][0].get("email").is_none());
        app.get(&format!("/users/ada/{list}")).await.refused(401, "Log in first.");
        viewer.get(&format!("/users/nobody/{list}")).await.refused(404, "User not found.");
        assert_eq!(viewer.get(&format!("/users/viewer/{list}")).await.page().1, None);
    }
    app.stop().await;
}
