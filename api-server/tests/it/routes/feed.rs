//! The feed, and what all lists have in common. Its rows are written here as the consumer writes them.

use phasma_store::feed_writes::{self, FanOutPlace};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestApp, texts};

async fn fan_out(app: &TestApp, posts: &[Uuid]) {
    feed_writes::fan_out(app.pool(), posts, FanOutPlace::START, 1000).await.unwrap();
}

#[tokio::test]
async fn a_feed_has_ones_own_posts_and_those_of_whom_one_follows() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (app.person("ada").await, app.person("bob").await, app.person("eve").await);
    assert_eq!(ada.get("/feed").await.page(), (vec![], None));
    ada.follow(&bob).await;
    let posts = [bob.publish("bob's").await, eve.publish("eve's").await, ada.publish("ada's").await];
    fan_out(&app, &posts).await;
    let (items, _) = ada.get("/feed").await.page();
    assert_eq!(texts(&items, "description"), ["ada's", "bob's"]);
    assert_eq!(items[1], ada.get(&format!("/posts/{}", posts[0])).await.expect(200));
    app.get("/feed").await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn rows_that_no_longer_hold_are_not_shown() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (app.person("ada").await, app.person("bob").await, app.person("eve").await);
    ada.follow(&bob).await;
    ada.follow(&eve).await;
    let posts = [bob.publish("kept").await, bob.publish("deleted").await, eve.publish("unfollowed").await];
    fan_out(&app, &posts).await;
    bob.delete(&format!("/posts/{}", posts[1])).await.expect(204);
    ada.delete("/users/eve/follow").await.expect(204);
    assert_eq!(app.number("select count(*) from feed").await, 3);
    assert_eq!(texts(&ada.get("/feed").await.page().0, "description"), ["kept"]);
    app.stop().await;
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_posts_come_and_go() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    ada.follow(&bob).await;
    let mut posts = Vec::new();
    for number in 0..6 {
        let author = if number % 2 == 0 { &bob } else { &ada };
        posts.push(author.publish(&number.to_string()).await);
    }
    fan_out(&app, &posts).await;
    let (items, cursor) = ada.get("/feed?limit=3").await.page();
    assert_eq!(texts(&items, "description"), ["5", "4", "3"]);
    let newer = bob.publish("newer").await;
    fan_out(&app, &[newer]).await;
    // The cursor names this one.
    ada.delete(&format!("/posts/{}", posts[3])).await.expect(204);
    let (items, cursor) = ada.get(&format!("/feed?limit=3&cursor={}", cursor.unwrap())).await.page();
    assert_eq!((texts(&items, "description"), cursor), (vec!["2", "1", "0"], None));
    app.stop().await;
}

#[tokio::test]
async fn posts_of_one_moment_are_told_apart_by_their_ids() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for number in 0..5 {
        ada.publish(&number.to_string()).await;
    }
    app.sql("update posts set created = '2026-01-01T00:00:00.123456Z'").await;
    let pages = ada.pages("/feed", 2).await;
    let seen: Vec<_> = pages.iter().flat_map(|page| texts(page, "description")).collect();
    assert_eq!((pages.len(), seen), (3, vec!["4", "3", "2", "1", "0"]));
    app.stop().await;
}

#[tokio::test]
async fn limits_are_clamped_and_ten_is_the_default() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    ada.publish("a post").await;
    app.sql(
        "insert into posts (public_id, user_id, description)
             select uuidv7(), id, 'many' from users, generate_series(1, 55);
         insert into post_media (post_id, position, filename, width, height, thumbhash)
             select id, 0, public_id::text, 1, 1, '' from posts where description = 'many';
         insert into post_counters (post_id) select id from posts where description = 'many'",
    )
    .await;
    for (limit, expected) in
        [("", 10), ("?limit=0", 1), ("?limit=-7", 1), ("?limit=30", 30), ("?limit=1000", 50)]
    {
        let (items, next) = ada.get(&format!("/feed{limit}")).await.page();
        assert_eq!((items.len(), next.is_some()), (expected, true), "{limit}");
    }
    let malformed = "A query parameter is missing or malformed.";
    ada.get("/feed?limit=many").await.refused(400, malformed);
    app.stop().await;
}

#[tokio::test]
async fn lists_have_no_page_numbers_and_know_their_cursors() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let post = ada.publish("a post").await;
    let lists = [
        "/feed".to_owned(),
        "/notifications".to_owned(),
        "/users/me/bookmarks".to_owned(),
        "/users/ada/posts".to_owned(),
        "/users/ada/likes".to_owned(),
        "/users/ada/followers".to_owned(),
        "/users/ada/following".to_owned(),
        format!("/posts/{post}/comments"),
        "/hashtags/sea/posts".to_owned(),
    ];
    for list in lists {
        ada.get(&format!("{list}?page=2"))
            .await
            .refused(400, "Pages have no numbers: pass the last page's nextCursor.");
        for cursor in ["!", "bm90IGpzb24", "e30", "eyJjcmVhdGVkIjoxLCJpZCI6Mn0"] {
            ada.get(&format!("{list}?cursor={cursor}"))
                .await
                .refused(400, "The cursor is not one this list gave out.");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_cursor_is_json_that_names_the_last_item() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    ada.publish("older").await;
    ada.publish("newer").await;
    let (items, cursor) = ada.get("/feed?limit=1").await.page();
    let cursor: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor.unwrap()).unwrap()).unwrap();
    assert_eq!(cursor, json!({ "created": items[0]["created"], "id": items[0]["publicId"] }));
    app.stop().await;
}
