//! Typeahead and full search.

use phasma_domain::hashtag;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Person, TestApp, fields, texts};

const ENGINE_AWAY: [(&str, &str); 1] = [("search-url", "http://127.0.0.1:9")];

fn items(body: &Value) -> Vec<Value> {
    body["items"].as_array().unwrap().clone()
}

/// Documents of people, as the pipeline writes them.
async fn index_people(app: &TestApp, people: &[&Person<'_>]) {
    let document = |person: &&Person<'_>| json!({ "id": person.id, "username": person.username, "name": format!("Name of {}", person.username), "bio": "" });
    app.index("users", &people.iter().map(document).collect()).await;
}

async fn index_posts(app: &TestApp, posts: &[(Uuid, &str)]) {
    let document = |(id, description): &(Uuid, &str)| json!({ "id": id, "description": description });
    app.index("posts", &posts.iter().map(document).collect()).await;
}

#[tokio::test]
async fn typeahead_finds_people_by_name_and_username() {
    let app = TestApp::start().await;
    let (ada, _bob) = (app.person("ada").await, app.person("bobby").await);
    app.person("bob").await;
    for query in ["bob", "@bob", "BO"] {
        let body = ada.get(&format!("/users/search?q={query}")).await.expect(200);
        assert_eq!(fields(&body), ["items"]);
        assert_eq!(fields(&body["items"][0]), ["avatar", "name", "username"]);
        assert_eq!(items(&body).len(), 2, "{query}");
    }
    let body = ada.get("/users/search?q=name of").await.expect(200);
    assert_eq!(items(&body).len(), 3);
    assert_eq!(texts(&items(&ada.get("/users/search?q=bob").await.expect(200)), "username")[0], "bob");
    app.stop().await;
}

#[tokio::test]
async fn typeahead_finds_hashtags_that_posts_carry() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    ada.publish("#sea #seagull #light").await;
    ada.publish("#Sea").await;
    let gone = ada.publish("#search").await;
    ada.delete(&format!("/posts/{gone}")).await.expect(204);
    let body = ada.get("/hashtags/search?q=%23SEA").await.expect(200);
    assert_eq!(
        body,
        json!({ "items": [{ "name": "sea", "postCount": 2 }, { "name": "seagull", "postCount": 1 }] })
    );
    app.stop().await;
}

#[tokio::test]
async fn typeahead_offers_ten() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for number in 0..11 {
        app.person(&format!("same{number}")).await;
    }
    assert_eq!(items(&ada.get("/users/search?q=same").await.expect(200)).len(), 10);
    app.stop().await;
}

#[tokio::test]
async fn queries_are_one_to_fifty_characters_of_someone_known() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for path in ["/users/search", "/hashtags/search", "/search"] {
        let refusal = "The search must be 1 to 50 characters.";
        ada.get(&format!("{path}?q=%20")).await.refused(400, refusal);
        ada.get(&format!("{path}?q={}", "x".repeat(51))).await.refused(400, refusal);
        ada.get(path).await.refused(400, "A query parameter is missing or malformed.");
        ada.get(&format!("{path}?q={}", "%C3%BC".repeat(50))).await.expect(200);
        app.get(&format!("{path}?q=x")).await.refused(401, "Log in first.");
    }
    ada.get("/search?q=x&type=cats").await.refused(400, "A query parameter is missing or malformed.");
    ada.get("/search?q=x&cursor=!").await.refused(400, "The cursor is not one this list gave out.");
    app.stop().await;
}

#[tokio::test]
async fn hits_look_as_they_are_now_and_those_that_are_gone_do_not_show() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let [post, gone] = [bob.publish("a lighthouse").await, bob.publish("a lighthouse").await];
    ada.like(post).await;
    bob.delete(&format!("/posts/{gone}")).await.expect(204);
    index_people(&app, &[&bob]).await;
    index_posts(&app, &[(gone, "a lighthouse"), (post, "a lighthouse in an older caption")]).await;
    app.sql("update users set name = 'Bobby' where username = 'bob'").await;
    let reply = ada.get("/search?q=bob&type=users").await;
    assert_eq!(reply.page().0, [json!({ "username": "bob", "name": "Bobby", "avatar": null })]);
    assert!(!reply.headers.contains_key("x-phasma-search"));
    let (posts, _) = ada.get("/search?q=lighthouse&type=posts").await.page();
    let names =
        ["altText", "description", "filename", "height", "id", "likes", "thumbhash", "username", "width"];
    assert_eq!(fields(&posts[0]), names);
    assert_eq!((posts.len(), &posts[0]["id"], &posts[0]["likes"]), (1, &json!(post), &json!(1)));
    assert_eq!(posts[0]["description"], json!("a lighthouse"));
    app.stop().await;
}

#[tokio::test]
async fn a_hashtag_finds_exactly_its_own_posts() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let (sea, seagull) = (ada.publish("#Sea").await, ada.publish("#seagull").await);
    index_posts(&app, &[(sea, "#Sea"), (seagull, "#seagull")]).await;
    let (posts, _) = ada.get("/search?q=%23sea&type=posts").await.page();
    assert_eq!(texts(&posts, "description"), ["#Sea"]);
    app.stop().await;
}

#[tokio::test]
async fn everything_comes_with_its_type_and_followed_people_first() {
    let app = TestApp::start().await;
    let (ada, one, two) = (app.person("ada").await, app.person("seaone").await, app.person("seatwo").await);
    ada.follow(&two).await;
    let post = one.publish("the sea #sea").await;
    index_people(&app, &[&one, &two]).await;
    index_posts(&app, &[(post, "the sea #sea")]).await;
    app.index("hashtags", &json!([{ "id": hashtag::document_id("sea"), "name": "sea" }])).await;
    let (found, _) = ada.get("/search?q=sea").await.page();
    assert!(found.iter().all(|item| fields(item) == ["item", "type"]));
    assert_eq!(texts(&found, "type"), ["users", "users", "hashtags", "posts"]);
    assert_eq!(found[0]["item"]["username"], json!("seatwo"));
    assert_eq!(found[2]["item"], json!({ "name": "sea", "postCount": 1 }));
    app.stop().await;
}

#[tokio::test]
async fn pages_of_everything_neither_skip_nor_repeat() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut people = Vec::new();
    for number in 0..7 {
        people.push(app.person(&format!("sea{number}")).await);
    }
    let mut posts = Vec::new();
    for number in 0..9 {
        posts.push((ada.publish(&format!("sea {number} #sea{number}")).await, "sea"));
    }
    index_people(&app, &people.iter().collect::<Vec<_>>()).await;
    index_posts(&app, &posts).await;
    let tags = (0..9).map(|number| format!("sea{number}"));
    let tags: Value = tags.map(|name| json!({ "id": hashtag::document_id(&name), "name": name })).collect();
    app.index("hashtags", &tags).await;
    let pages = ada.pages("/search?q=sea&type=all", 5).await;
    let all: Vec<_> = pages.iter().flatten().collect();
    assert!(pages.iter().all(|page| page.len() <= 5));
    assert_eq!(texts(&pages[0], "type"), ["users", "hashtags", "posts", "posts", "posts"]);
    let distinct: std::collections::BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!((all.len(), distinct.len()), (25, 25));
    app.stop().await;
}

#[tokio::test]
async fn without_the_engine_postgresql_answers_and_says_so() {
    let app = TestApp::with(&ENGINE_AWAY).await;
    let (ada, bob) = (app.person("ada").await, app.person("seabob").await);
    bob.publish("By the Sea #seaside").await;
    let reply = ada.get("/search?q=sea").await;
    assert_eq!(reply.header("x-phasma-search"), "postgresql");
    assert_eq!(texts(&reply.page().0, "type"), ["users", "hashtags", "posts"]);
    for (kind, count) in [("users", 1), ("posts", 1), ("hashtags", 1)] {
        assert_eq!(ada.get(&format!("/search?q=sea&type={kind}")).await.page().0.len(), count, "{kind}");
    }
    assert_eq!(ada.get("/search?q=mountain").await.page(), (vec![], None));
    app.stop().await;
}

#[tokio::test]
async fn an_installation_without_an_engine_searches_postgresql() {
    let app = TestApp::with(&[("search-url", "")]).await;
    let ada = app.person("ada").await;
    for number in 0..5 {
        ada.publish(&format!("sea {number}")).await;
    }
    assert_eq!(ada.get("/search?q=sea&type=posts").await.header("x-phasma-search"), "postgresql");
    let pages = ada.pages("/search?q=sea&type=posts", 2).await;
    let seen: Vec<_> = pages.iter().flat_map(|page| texts(page, "description")).collect();
    assert_eq!(seen, ["sea 4", "sea 3", "sea 2", "sea 1", "sea 0"]);
    app.stop().await;
}
