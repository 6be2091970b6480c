//! Keeping posts for later.

use serde_json::json;
use uuid::Uuid;

use crate::support::{TestApp, texts};

#[tokio::test]
async fn bookmarks_are_kept_in_private_the_newest_first() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let mut posts = Vec::new();
    for number in 0..5 {
        posts.push(ada.publish(&number.to_string()).await);
    }
    app.forget_events().await;
    for number in [2, 0, 4, 1, 2] {
        bob.act(&format!("/posts/{}/bookmark", posts[number])).await.expect(204);
    }
    let pages = bob.pages("/users/me/bookmarks", 3).await;
    let seen: Vec<_> = pages.iter().map(|page| texts(page, "description")).collect();
    assert_eq!(seen, [vec!["1", "4", "0"], vec!["2"]]);
    assert!(pages[0].iter().all(|post| post["bookmarked"] == json!(true)));
    assert_eq!(pages[0][0], bob.get(&format!("/posts/{}", posts[1])).await.expect(200));
    assert_eq!(ada.get("/users/me/bookmarks").await.page(), (vec![], None));
    let path = format!("/posts/{}", posts[1]);
    assert_eq!(ada.get(&path).await.expect(200)["bookmarked"], json!(false));
    assert_eq!(app.get(&path).await.expect(200)["bookmarked"], json!(false));
    assert!(app.events().await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn one_is_taken_back_once_and_goes_with_its_post() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let (kept, gone) = (ada.publish("kept").await, ada.publish("gone").await);
    for post in [kept, gone] {
        bob.act(&format!("/posts/{post}/bookmark")).await.expect(204);
    }
    ada.delete(&format!("/posts/{gone}")).await.expect(204);
    assert_eq!(texts(&bob.get("/users/me/bookmarks").await.page().0, "description"), ["kept"]);
    for _ in 0..2 {
        bob.delete(&format!("/posts/{kept}/bookmark")).await.expect(204);
    }
    assert_eq!(bob.get(&format!("/posts/{kept}")).await.expect(200)["bookmarked"], json!(false));
    assert_eq!(app.number("select count(*) from bookmarks").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn pages_go_on_when_the_post_at_their_end_is_gone() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut posts = Vec::new();
    for number in 0..4 {
        posts.push(ada.publish(&number.to_string()).await);
        ada.act(&format!("/posts/{}/bookmark", posts[number])).await.expect(204);
    }
    let (items, cursor) = ada.get("/users/me/bookmarks?limit=2").await.page();
    assert_eq!(texts(&items, "description"), ["3", "2"]);
    ada.delete(&format!("/posts/{}", posts[2])).await.expect(204);
    let (items, _) = ada.get(&format!("/users/me/bookmarks?limit=2&cursor={}", cursor.unwrap())).await.page();
    assert_eq!(texts(&items, "description"), ["1", "0"]);
    app.stop().await;
}

#[tokio::test]
async fn only_posts_that_exist_are_kept_and_only_by_someone() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let path = format!("/posts/{}/bookmark", ada.publish("mine").await);
    let unknown = format!("/posts/{}/bookmark", Uuid::now_v7());
    ada.act(&unknown).await.refused(404, "Post not found.");
    ada.delete(&unknown).await.refused(404, "Post not found.");
    ada.act("/posts/first/bookmark").await.refused(400, "The address names something malformed.");
    ada.token = String::new();
    ada.act(&path).await.refused(401, "Log in first.");
    ada.delete(&path).await.refused(401, "Log in first.");
    ada.get("/users/me/bookmarks").await.refused(401, "Log in first.");
    app.stop().await;
}
