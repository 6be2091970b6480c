//! What one looked for last.

use serde_json::{Value, json};

use crate::support::{Person, TestApp, fields};

async fn record(person: &Person<'_>, kind: &str, reference: &str) {
    person.post("/search/recent", &json!({ "type": kind, "reference": reference })).await.expect(204);
}

/// What is remembered, without ids.
async fn recent(person: &Person<'_>) -> Vec<(String, Value)> {
    let list = person.get("/search/recent").await.expect(200);
    let entry = |entry: &Value| {
        assert_eq!(fields(entry), ["id", "item", "type"]);
        (entry["type"].as_str().unwrap().to_owned(), entry["item"].clone())
    };
    list.as_array().unwrap().iter().map(entry).collect()
}

#[tokio::test]
async fn each_kind_shows_as_search_shows_it_and_the_newest_first() {
    let app = TestApp::start().await;
    let (ada, _bob) = (app.person("ada").await, app.person("bob").await);
    ada.publish("#Café").await;
    assert_eq!(ada.get("/search/recent").await.expect(200), json!([]));
    record(&ada, "users", "Bob").await;
    record(&ada, "hashtags", "#CAFE\u{301}").await;
    record(&ada, "posts", " The #Sea ").await;
    let bob = json!({ "username": "bob", "name": "Name of bob", "avatar": null });
    let cafe = json!({ "name": "café", "postCount": 1 });
    let expected = [("posts", json!("The #Sea")), ("hashtags", cafe), ("users", bob)];
    assert_eq!(recent(&ada).await, expected.map(|(kind, item)| (kind.to_owned(), item)));
    app.stop().await;
}

#[tokio::test]
async fn the_same_search_moves_to_the_top_and_ten_are_kept() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    record(&ada, "users", "bob").await;
    for number in 0..9 {
        record(&ada, "posts", &number.to_string()).await;
    }
    record(&ada, "users", "bob").await;
    let list = recent(&ada).await;
    assert_eq!((list.len(), list[0].0.as_str(), &list[9].1), (10, "users", &json!("0")));
    record(&ada, "posts", "one more").await;
    assert_eq!(recent(&ada).await.len(), 10);
    assert_eq!(app.number("select count(*) from recent_searches").await, 10);
    // Everybody has their own.
    assert_eq!(recent(&bob).await, []);
    app.stop().await;
}

#[tokio::test]
async fn one_or_all_can_be_forgotten() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    for query in ["one", "two", "three"] {
        record(&ada, "posts", query).await;
    }
    let list = ada.get("/search/recent").await.expect(200);
    let two = format!("/search/recent/{}", list[1]["id"].as_str().unwrap());
    bob.delete(&two).await.refused(404, "Search not found.");
    ada.delete(&two).await.expect(204);
    ada.delete(&two).await.refused(404, "Search not found.");
    ada.delete("/search/recent/two").await.refused(400, "The address names something malformed.");
    let items: Vec<_> = recent(&ada).await.into_iter().map(|(_, item)| item).collect();
    assert_eq!(items, [json!("three"), json!("one")]);
    ada.delete("/search/recent").await.expect(204);
    assert_eq!(recent(&ada).await, []);
    app.stop().await;
}

#[tokio::test]
async fn a_search_is_held_to_the_rules_of_what_it_names() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    app.person("bob").await;
    let too_long = "x".repeat(51);
    let refusals = [
        ("users", "x", 400, "Username must be 3 to 30 letters a-z, digits, dots or underscores."),
        ("users", "nobody", 404, "User not found."),
        ("hashtags", "#", 400, "The search must be 1 to 50 characters."),
        ("hashtags", "unused", 404, "Hashtag not found."),
        ("posts", " ", 400, "The search must be 1 to 50 characters."),
        ("posts", too_long.as_str(), 400, "The search must be 1 to 50 characters."),
        ("cats", "tom", 400, "The JSON lacks a field, or one has the wrong type."),
    ];
    for (kind, reference, status, message) in refusals {
        let form = json!({ "type": kind, "reference": reference });
        ada.post("/search/recent", &form).await.refused(status, message);
    }
    app.get("/search/recent").await.refused(401, "Log in first.");
    record(&ada, "users", "bob").await;
    app.sql("update users set suspended = now() where username = 'bob'").await;
    assert_eq!(recent(&ada).await, []);
    app.stop().await;
}
