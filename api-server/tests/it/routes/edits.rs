//! Changing what posts say.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Person, TestApp, texts};

/// A post of two pictures; its address and their names.
async fn publish_two(ada: &Person<'_>, description: &str) -> (String, [String; 2]) {
    let names = [ada.pending().await, ada.pending().await];
    let images: Vec<Value> =
        names.iter().map(|name| json!({ "filename": name, "altText": "before" })).collect();
    let form = json!({ "images": images, "description": description });
    let body = ada.post("/posts", &form).await.expect(201);
    (format!("/posts/{}", body["publicId"].as_str().unwrap()), names)
}

#[tokio::test]
async fn a_new_caption_takes_its_tags_and_counts_along() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let (path, names) = publish_two(&ada, "#Sea #light").await;
    let before = app.get(&path).await.expect(200);
    assert_eq!(before["edited"], json!(null));
    app.forget_events().await;
    let shown = ada.patch(&path, &json!({ "description": " #light #Lake " })).await.expect(200);
    assert_eq!(shown, ada.get(&path).await.expect(200));
    assert_eq!(shown["description"], json!("#light #Lake"));
    assert!(shown["edited"].as_str().unwrap() > before["created"].as_str().unwrap(), "{shown}");
    assert_eq!(shown["images"], before["images"]);
    let changed = json!({
        "postId": before["publicId"],
        "authorId": ada.id,
        "username": "ada",
        "description": "#light #Lake",
        "hashtags": ["light", "lake"],
        "filename": names[0],
        "created": before["created"],
    });
    let tag = ("hashtag.changed.v1".to_owned(), json!({ "name": "lake" }));
    assert_eq!(app.events().await, [("post.changed.v1".to_owned(), changed), tag]);
    let counts = sqlx::query_as::<_, (String, i64)>(
        "select h.name, c.posts from hashtags h join hashtag_counters c on c.hashtag_id = h.id order by h.name",
    );
    let expected = [("lake", 1), ("light", 1), ("sea", 0)].map(|(name, posts)| (name.to_owned(), posts));
    assert_eq!(counts.fetch_all(app.pool()).await.unwrap(), expected);
    assert_eq!(app.number("select count(*) from post_hashtags").await, 2);
    app.stop().await;
}

#[tokio::test]
async fn pictures_are_described_one_by_one() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let (path, names) = publish_two(&ada, "two").await;
    let alt_texts = |shown: &Value| texts(shown["images"].as_array().unwrap(), "altText").join(", ");
    let shown = ada.patch(&path, &json!({ "altText": "first" })).await.expect(200);
    assert_eq!((alt_texts(&shown).as_str(), &shown["altText"]), ("first, before", &json!("first")));
    let images = json!([{ "filename": names[1], "altText": " second " }]);
    let shown = ada.patch(&path, &json!({ "images": images })).await.expect(200);
    assert_eq!((alt_texts(&shown).as_str(), &shown["description"]), ("first, second", &json!("two")));
    app.stop().await;
}

#[tokio::test]
async fn what_is_said_already_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let (path, names) = publish_two(&ada, "#Sea").await;
    app.forget_events().await;
    let images = json!([{ "filename": names[0], "altText": "before" }]);
    for form in [
        json!({}),
        json!({ "description": null }),
        json!({ "description": "#Sea " }),
        json!({ "altText": "before" }),
        json!({ "images": images, "description": "#Sea" }),
    ] {
        assert_eq!(ada.patch(&path, &form).await.expect(200)["edited"], json!(null), "{form}");
    }
    assert!(app.events().await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn only_its_owner_changes_a_post_and_only_as_a_new_one_could_be() {
    let app = TestApp::start().await;
    let (mut ada, bob) = (app.person("ada").await, app.person("bob").await);
    let (path, names) = publish_two(&ada, "mine").await;
    let form = json!({ "description": "other" });
    bob.patch(&path, &form).await.refused(403, "Only its owner can change a post.");
    ada.patch(&format!("/posts/{}", Uuid::now_v7()), &form).await.refused(404, "Post not found.");
    let long = json!({ "description": "é".repeat(1001) });
    ada.patch(&path, &long).await.refused(400, "Description must be at most 1000 characters.");
    let image = |name: &str| json!({ "filename": name, "altText": "new" });
    let both = json!({ "altText": "new", "images": [image(&names[0])] });
    ada.patch(&path, &both).await.refused(400, "Pass either images, or altText for the first picture.");
    let twice = json!({ "images": [image(&names[0]), image(&names[0])] });
    ada.patch(&path, &twice).await.refused(400, "Each picture can be named only once.");
    let not_shown = "The post doesn't show one of these pictures: name those in its images.";
    let foreign = json!({ "description": "other", "images": [image(&ada.pending().await)] });
    ada.patch(&path, &foreign).await.refused(400, not_shown);
    ada.token = String::new();
    ada.patch(&path, &form).await.refused(401, "Log in first.");
    assert_eq!(app.get(&path).await.expect(200)["description"], json!("mine"));
    app.stop().await;
}

#[tokio::test]
async fn edits_side_by_side_keep_the_counts() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let paths = [publish_two(&ada, "#a1 #b1").await.0, publish_two(&ada, "#b1 #a1").await.0];
    let edit = async |path: &str, n: usize| {
        let tags = ["#a1 #b1", "#b1 #c1", "#c1 #a1", "none"][n % 4];
        ada.patch(path, &json!({ "description": tags })).await.expect(200);
    };
    let edits = (0..16).map(|n| edit(&paths[n % 2], n / 2 + n % 2));
    futures::future::join_all(edits).await;
    let wrong = "select count(*) from hashtag_counters c where posts <>
                     (select count(*) from post_hashtags t where t.hashtag_id = c.hashtag_id)";
    assert_eq!(app.number(wrong).await, 0);
    app.stop().await;
}
