//! The internal listener: releasing pictures that lost their last reference.

use reqwest::Method;
use serde_json::json;

use crate::support::{INTERNAL_TOKEN, Reply, TestApp};

const PATH: &str = "/internal/media-released";

/// Stores something under the name of a picture.
async fn store(app: &TestApp, filename: &str) {
    app.state.object_store.put(filename, "image/webp", b"a picture".to_vec()).await.unwrap();
}

async fn release(app: &TestApp, keys: &[&str]) -> Reply {
    let request = app.internal_request(Method::POST, PATH).bearer_auth(INTERNAL_TOKEN);
    Reply::elsewhere(request.json(&json!({ "keys": keys }))).await
}

async fn is_stored(app: &TestApp, filename: &str) -> bool {
    app.get(&format!("/uploads/{filename}")).await.status == 200
}

#[tokio::test]
async fn only_what_nothing_refers_to_goes_and_only_once() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    let (pending, avatar) = (ada.pending().await, ada.pending().await);
    let post = ada.publish("a picture").await;
    let posted =
        app.get(&format!("/posts/{post}")).await.expect(200)["filename"].as_str().unwrap().to_owned();
    let profile = json!({ "name": "Ada", "username": "ada", "email": app.email("ada"), "avatar": avatar });
    ada.put("/users/me", &profile).await.expect(200);
    let released = format!("{}.webp", "0123".repeat(8));
    let all = [released.as_str(), &pending, &avatar, &posted];
    for filename in all {
        store(&app, filename).await;
    }
    let rendition = format!("{}.320.webp", "0123".repeat(8));
    store(&app, &rendition).await;
    for _ in 0..2 {
        release(&app, &all).await.expect(204);
    }
    assert!(!is_stored(&app, &released).await && !is_stored(&app, &format!("{released}/320.webp")).await);
    for used in [&pending, &avatar, &posted] {
        assert!(is_stored(&app, used).await, "{used}");
    }
    ada.delete(&format!("/posts/{post}")).await.expect(204);
    release(&app, &[&posted]).await.expect(204);
    assert!(!is_stored(&app, &posted).await);
    app.stop().await;
}

#[tokio::test]
async fn nothing_is_answered_without_the_token() {
    let app = TestApp::start().await;
    let body = json!({ "keys": [] });
    let refusal = "Send the token of the internal interface.";
    Reply::elsewhere(app.internal_request(Method::POST, PATH).json(&body)).await.refused(401, refusal);
    for wrong in ["", "wrong", "the internal token, almost"] {
        let request =
            app.internal_request(Method::POST, PATH).header("authorization", format!("Bearer {wrong}"));
        Reply::elsewhere(request.json(&body)).await.refused(401, refusal);
    }
    Reply::elsewhere(app.internal_request(Method::GET, "/health")).await.refused(401, refusal);
    Reply::to(app.request(Method::POST, PATH).bearer_auth(INTERNAL_TOKEN).json(&body))
        .await
        .refused(404, "There is nothing at this address.");
    app.stop().await;
}

#[tokio::test]
async fn two_tokens_are_valid_while_they_change() {
    let both = format!("the next token,{INTERNAL_TOKEN}");
    let app = TestApp::with(&[("internal-token", &both)]).await;
    let body = json!({ "keys": [] });
    for token in ["the next token", INTERNAL_TOKEN] {
        let request = app.internal_request(Method::POST, PATH).bearer_auth(token);
        Reply::elsewhere(request.json(&body)).await.expect(204);
    }
    for wrong in [both.as_str(), "", ","] {
        let request = app.internal_request(Method::POST, PATH).bearer_auth(wrong);
        Reply::elsewhere(request.json(&body)).await.expect(401);
    }
    app.stop().await;
}

#[tokio::test]
async fn malformed_releases_are_refused_for_good() {
    let app = TestApp::start().await;
    let not_ours = "Filename must be one that an upload returned.";
    release(&app, &["../everything"]).await.refused(400, not_ours);
    let name = format!("{}.webp", "0".repeat(32));
    release(&app, &vec![name.as_str(); 501]).await.refused(400, "At most 500 keys at once.");
    release(&app, &[]).await.expect(204);
    app.stop().await;
}
