//! Taking along one's account.

use async_zip::base::read::mem::ZipFileReader;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, fields};

const PATH: &str = "/users/me/export";

/// Names and contents of an archive's files.
async fn files(archive: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let zip = ZipFileReader::new(archive).await.unwrap();
    let mut files = Vec::new();
    for index in 0..zip.file().entries().len() {
        let mut content = Vec::new();
        let mut entry = zip.reader_with_entry(index).await.unwrap();
        entry.read_to_end_checked(&mut content).await.unwrap();
        files.push((entry.entry().filename().as_str().unwrap().to_owned(), content));
    }
    files
}

fn json_of(files: &[(String, Vec<u8>)], name: &str) -> Value {
    let (_, content) = files.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}"));
    serde_json::from_slice(content).unwrap()
}

#[tokio::test]
async fn the_archive_holds_what_one_wrote_did_and_showed() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let (ada, bob, eve) = (app.person("ada").await, app.person("bob").await, app.person("eve").await);
    let filename = ada.pending().await;
    app.state.object_store.put(&filename, "image/webp", b"not really a picture".to_vec()).await.unwrap();
    let form = json!({ "filename": filename, "description": "The #sea", "altText": "Waves" });
    let post = ada.post("/posts", &form).await.expect(201)["publicId"].clone();
    let bobs = bob.publish("bob's").await;
    ada.follow(&bob).await;
    bob.follow(&ada).await;
    ada.like(bobs).await;
    ada.act(&format!("/posts/{bobs}/bookmark")).await.expect(204);
    ada.comment(bobs, "nice").await;
    ada.act("/users/eve/block").await.expect(204);
    eve.publish("not ada's").await;

    let reply = ada.get(PATH).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/zip"));
    assert!(reply.header("content-disposition").starts_with("attachment"));
    let files = files(reply.bytes).await;
    let picture = format!("pictures/{filename}");
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "profile.json",
        "posts.json",
        "comments.json",
        "likes.json",
        "bookmarks.json",
        "following.json",
        "followers.json",
        "blocks.json",
        "mutes.json",
        picture.as_str(),
    ];
    assert_eq!(names, expected);
    assert_eq!(files[9].1, b"not really a picture");
    let profile = json_of(&files, "profile.json");
    assert_eq!(fields(&profile), ["avatar", "bio", "created", "email", "id", "name", "username"]);
    assert_eq!((&profile["email"], &profile["id"]), (&json!(app.email("ada")), &json!(ada.id)));
    let posts = json_of(&files, "posts.json");
    assert_eq!((&posts[0]["publicId"], posts.as_array().unwrap().len()), (&post, 1));
    assert_eq!(posts[0]["images"], json!([{ "file": picture, "altText": "Waves" }]));
    let comments = json_of(&files, "comments.json");
    assert_eq!((&comments[0]["body"], &comments[0]["postId"]), (&json!("nice"), &json!(bobs)));
    for file in ["likes.json", "bookmarks.json"] {
        assert_eq!(json_of(&files, file)[0]["postId"], json!(bobs), "{file}");
    }
    for (file, username) in [("following.json", "bob"), ("followers.json", "bob"), ("blocks.json", "eve")] {
        assert_eq!(json_of(&files, file)[0]["username"], json!(username), "{file}");
    }
    assert_eq!(json_of(&files, "mutes.json"), json!([]));
    app.get(PATH).await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn a_list_of_many_pages_is_whole() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    let post = ada.publish("a post").await;
    app.sql(
        "insert into comments (public_id, post_id, user_id, body)
             select uuidv7(), p.id, p.user_id, n::text from posts p, generate_series(1, 1234) as n",
    )
    .await;
    let files = files(ada.get(PATH).await.bytes).await;
    let comments = json_of(&files, "comments.json");
    assert_eq!((comments.as_array().unwrap().len(), &comments[1233]["body"]), (1234, &json!("1234")));
    // Its picture was never stored.
    assert_eq!((files.len(), &comments[0]["postId"]), (9, &json!(post)));
    app.stop().await;
}

#[tokio::test]
async fn a_failure_ends_the_answer_with_an_error() {
    let app = TestApp::with(&[("s3-endpoint", "http://127.0.0.1:9")]).await;
    let ada = app.person("ada").await;
    ada.publish("a post").await;
    let response = ada.request(Method::GET, PATH).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
    app.stop().await;
}

#[tokio::test]
async fn one_may_ask_for_it_now_and_then() {
    let app = TestApp::with(&[("rate-limit-strict", "1/0.001")]).await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    ada.get(PATH).await;
    ada.get(PATH).await.refused(429, "Too many requests. Try again in a while.");
    ada.get("/users/me").await.expect(200);
    app.stop().await;
}
