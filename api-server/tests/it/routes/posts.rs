//! Publishing, showing and deleting posts.

use serde_json::json;
use uuid::Uuid;

use crate::support::{TestApp, fields, texts};

const NOT_PENDING: &str = "That picture is not among your uploads. Upload it again.";

#[tokio::test]
async fn publishing_consumes_the_upload_and_tells_the_post_and_new_hashtags() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    ada.publish("#Light").await;
    app.forget_events().await;
    let filename = ada.pending().await;
    let form = json!({ "filename": filename, "description": " #Sea #light #sea ", "altText": "Waves" });
    let body = ada.post("/posts", &form).await.expect(201);
    assert_eq!(fields(&body), ["publicId"]);
    let created =
        ada.get(&format!("/posts/{}", body["publicId"].as_str().unwrap())).await.expect(200)["created"]
            .clone();
    let post = json!({
        "postId": body["publicId"],
        "authorId": ada.id,
        "username": "ada",
        "description": "#Sea #light #sea",
        "hashtags": ["sea", "light"],
        "filename": filename,
        "created": created,
    });
    let events =
        [("post.created.v1".to_owned(), post), ("hashtag.changed.v1".to_owned(), json!({ "name": "sea" }))];
    assert_eq!(app.events().await, events);
    assert_eq!(app.number("select count(*) from uploads").await, 0);
    assert_eq!(
        app.number(
            "select posts from hashtag_counters join hashtags h on h.id = hashtag_id where h.name = 'light'"
        )
        .await,
        2
    );
    assert_eq!(app.number("select posts from user_counters").await, 2);
    ada.post("/posts", &form).await.refused(400, NOT_PENDING);
    app.stop().await;
}

#[tokio::test]
async fn a_post_shows_itself_to_everybody() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let post = ada.publish("With @bob at #Sea: https://example.org").await;
    bob.like(post).await;
    bob.comment(post, "nice").await;
    let shown = app.get(&format!("/posts/{post}")).await.expect(200);
    let names = [
        "altText",
        "avatar",
        "bookmarked",
        "comments",
        "created",
        "description",
        "edited",
        "filename",
        "height",
        "images",
        "liked",
        "likes",
        "name",
        "publicId",
        "segments",
        "thumbhash",
        "username",
        "width",
    ];
    assert_eq!(fields(&shown), names);
    assert_eq!((&shown["username"], &shown["name"]), (&json!("ada"), &json!("Name of ada")));
    assert_eq!((&shown["likes"], &shown["comments"], &shown["liked"]), (&json!(1), &json!(1), &json!(false)));
    assert_eq!(
        (&shown["width"], &shown["height"], &shown["thumbhash"]),
        (&json!(640), &json!(480), &json!("dGg="))
    );
    let segments = shown["segments"].as_array().unwrap();
    assert_eq!(texts(segments, "type"), ["text", "mention", "text", "hashtag", "text", "url"]);
    assert_eq!(bob.get(&format!("/posts/{post}")).await.expect(200)["liked"], json!(true));
    app.get(&format!("/posts/{}", Uuid::now_v7())).await.refused(404, "Post not found.");
    app.get("/posts/first").await.refused(400, "The address names something malformed.");
    app.stop().await;
}

#[tokio::test]
async fn a_post_shows_up_to_ten_pictures_in_their_order() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut images = Vec::new();
    for number in 0..10 {
        images.push(json!({ "filename": ada.pending().await, "altText": format!(" view {number} ") }));
    }
    // Names are in the order of their making; the post's order is another.
    images.reverse();
    let body = ada.post("/posts", &json!({ "images": images, "description": "#Sea" })).await.expect(201);
    let path = format!("/posts/{}", body["publicId"].as_str().unwrap());
    let shown = app.get(&path).await.expect(200);
    let expected: Vec<_> = images
        .iter()
        .map(|image| {
            let alt_text = image["altText"].as_str().unwrap().trim();
            json!({ "filename": image["filename"], "altText": alt_text, "width": 640, "height": 480, "thumbhash": "dGg=" })
        })
        .collect();
    assert_eq!(shown["images"], json!(expected));
    assert_eq!((&shown["filename"], &shown["altText"]), (&images[0]["filename"], &json!("view 9")));
    assert_eq!(app.events().await[0].1["filename"], images[0]["filename"]);
    assert_eq!(ada.get("/feed").await.page().0[0], shown);
    assert_eq!(app.number("select count(*) from uploads").await, 0);

    app.forget_events().await;
    ada.delete(&path).await.expect(204);
    let names: Vec<_> = images.iter().map(|image| &image["filename"]).collect();
    assert_eq!(app.events().await[1], ("media.released.v1".to_owned(), json!({ "keys": names })));
    app.stop().await;
}

#[tokio::test]
async fn pictures_come_one_way_each_once_and_all_or_none_are_consumed() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let image = async || json!({ "filename": ada.pending().await });
    let either = "Pass the pictures either as images, or as filename with altText for a single one.";
    let [one, other] = [image().await, image().await];
    for form in [
        json!({ "description": "none" }),
        json!({ "images": [one], "filename": other["filename"] }),
        json!({ "images": [one], "altText": "which one?" }),
    ] {
        ada.post("/posts", &form).await.refused(400, either);
    }
    let twice = json!({ "images": [one, other, one] });
    ada.post("/posts", &twice).await.refused(400, "Each picture can be named only once.");
    let mut eleven = Vec::new();
    for _ in 0..11 {
        eleven.push(image().await);
    }
    for images in [vec![], eleven] {
        ada.post("/posts", &json!({ "images": images })).await.refused(400, "A post shows 1 to 10 pictures.");
    }
    let pending = app.number("select count(*) from uploads").await;
    let others = json!({ "images": [one, { "filename": bob.pending().await }] });
    ada.post("/posts", &others).await.refused(400, NOT_PENDING);
    assert_eq!(app.number("select count(*) from uploads").await, pending + 1);
    assert_eq!(app.number("select count(*) from posts").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn only_ones_own_fresh_upload_becomes_a_post() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let form = |filename: &str| json!({ "filename": filename, "description": "" });
    ada.post("/posts", &form(&bob.pending().await)).await.refused(400, NOT_PENDING);
    let old = ada.pending().await;
    app.sql("update uploads set created = now() - interval '61 minutes'").await;
    ada.post("/posts", &form(&old)).await.refused(400, NOT_PENDING);
    let not_ours = "Filename must be one that an upload returned.";
    ada.post("/posts", &form("../secret")).await.refused(400, not_ours);
    let mut long = form(&ada.pending().await);
    long["description"] = json!("é".repeat(1001));
    ada.post("/posts", &long).await.refused(400, "Description must be at most 1000 characters.");
    app.post("/posts", &form(&old)).await.refused(401, "Log in first.");
    assert!(app.events().await.is_empty());
    assert_eq!(app.number("select count(*) from posts").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn deleting_a_post_takes_everything_along() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let post = ada.publish("#Sea").await;
    let filename =
        app.get(&format!("/posts/{post}")).await.expect(200)["filename"].as_str().unwrap().to_owned();
    let profile = json!({ "name": "Ada", "username": "ada", "email": app.email("ada"), "avatar": filename });
    ada.put("/users/me", &profile).await.expect(200);
    bob.like(post).await;
    bob.comment(post, "nice").await;
    app.forget_events().await;
    ada.delete(&format!("/posts/{post}")).await.expect(204);
    let events = app.events().await;
    assert_eq!(events[0], ("post.deleted.v1".to_owned(), json!({ "postId": post, "authorId": ada.id })));
    assert_eq!((events[1].0.as_str(), &events[1].1["avatar"]), ("user.changed.v1", &json!(null)));
    assert_eq!(events[2], ("media.released.v1".to_owned(), json!({ "keys": [filename] })));
    assert_eq!(events.len(), 3);
    let left =
        "select (select count(*) from posts) + (select count(*) from comments) + (select count(*) from likes)
                + (select count(*) from post_media) + (select sum(posts + likes) from user_counters)::bigint
                + (select sum(posts) from hashtag_counters)::bigint";
    assert_eq!(app.number(left).await, 0);
    assert_eq!(ada.get("/users/me").await.expect(200)["avatar"], json!(null));
    app.get(&format!("/posts/{post}")).await.refused(404, "Post not found.");
    ada.delete(&format!("/posts/{post}")).await.refused(404, "Post not found.");
    assert_eq!(app.events().await.len(), 3);
    app.stop().await;
}

#[tokio::test]
async fn only_its_owner_deletes_a_post() {
    let app = TestApp::start().await;
    let (ada, mut bob) = (app.person("ada").await, app.person("bob").await);
    let path = format!("/posts/{}", ada.publish("mine").await);
    app.forget_events().await;
    bob.delete(&path).await.refused(403, "Only its owner can delete a post.");
    bob.token = String::new();
    bob.delete(&path).await.refused(401, "Log in first.");
    assert!(app.events().await.is_empty());
    app.get(&path).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn popular_posts_are_the_most_liked_of_the_last_week() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let mut posts = Vec::new();
    for number in 0..22 {
        posts.push(ada.publish(&format!("post {number}")).await);
    }
    ada.like(posts[3]).await;
    for post in [posts[3], posts[5], posts[0]] {
        bob.like(post).await;
    }
    app.sql("update posts set created = created - interval '8 days' where description = 'post 0'").await;
    let body = bob.get("/posts/popular").await.expect(200);
    assert_eq!(fields(&body), ["items"]);
    let items = body["items"].as_array().unwrap();
    assert_eq!(texts(&items[..3], "description"), ["post 3", "post 5", "post 21"]);
    assert_eq!((items.len(), &items[0]["liked"]), (20, &json!(true)));
    app.get("/posts/popular").await.refused(401, "Log in first.");
    app.stop().await;
}
