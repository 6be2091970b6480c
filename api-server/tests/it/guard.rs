//! What every request passes, whatever it asks for.

use reqwest::Method;
use serde_json::json;

use crate::support::{PUBLIC_ORIGIN, Reply, TestApp};

const NIL: &str = "00000000-0000-0000-0000-000000000000";

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let app = TestApp::start().await;
    for path in ["/health", "/users/nobody", "/users/me", "/nowhere", "/openapi.json"] {
        let reply = app.get(path).await;
        assert!(reply.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_short_plain_request_id_comes_back_and_others_are_replaced() {
    let app = TestApp::start().await;
    let id_of = async |id: &str| {
        let reply = Reply::to(app.request(Method::GET, "/health").header("x-request-id", id)).await;
        reply.header("x-request-id").to_owned()
    };
    assert_eq!(id_of("abc-1.2_3").await, "abc-1.2_3");
    assert_eq!(id_of(&"x".repeat(64)).await, "x".repeat(64));
    for bad in ["", "a b", &"x".repeat(65)] {
        let id = id_of(bad).await;
        assert!(id != bad && !id.is_empty(), "{bad:?} {id:?}");
    }
    assert_ne!(
        app.get("/nowhere").await.header("x-request-id"),
        app.get("/nowhere").await.header("x-request-id")
    );
    app.stop().await;
}

#[tokio::test]
async fn other_sites_change_nothing_but_may_link() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    app.person("bob").await;
    let follow = async |headers: &[(&str, &str)]| {
        let mut request = ada.request(Method::POST, "/users/bob/follow");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply::to(request).await
    };
    let refusal = "Requests from other sites are not accepted.";
    for foreign in ["https://evil.example", "null", "https://phasma.example.evil.example"] {
        follow(&[("origin", foreign)]).await.refused(403, refusal);
    }
    for site in ["cross-site", "same-site"] {
        follow(&[("sec-fetch-site", site)]).await.refused(403, refusal);
    }
    assert!(app.events().await.is_empty());
    let link = ada.request(Method::GET, "/users/bob").header("sec-fetch-site", "cross-site");
    Reply::to(link).await.expect(200);
    follow(&[("origin", PUBLIC_ORIGIN)]).await.expect(204);
    follow(&[("sec-fetch-site", "same-origin")]).await.expect(204);
    follow(&[]).await.expect(204);
    app.stop().await;
}

#[tokio::test]
async fn what_no_text_can_hold_is_refused_in_words() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let refusal = "Text must not contain the character U+0000.";
    for path in ["/hashtags/search?q=a%00b", "/users/search?q=a%00b", "/users/a%00b", "/hashtags/a%00b/posts"]
    {
        ada.get(path).await.refused(400, refusal);
    }
    let post = ada.publish("sunset").await;
    let comment = json!({ "body": "a\u{0}b" });
    ada.post(&format!("/posts/{post}/comments"), &comment).await.refused(400, refusal);
    let form = json!({ "filename": ada.pending().await, "description": "a\u{0}b" });
    ada.post("/posts", &form).await.refused(400, refusal);
    app.stop().await;
}

#[tokio::test]
async fn bodies_are_bounded_json() {
    let app = TestApp::start().await;
    let large = json!({ "email": "x".repeat(70_000), "password": "" });
    app.post("/sessions", &large).await.refused(413, "The body is too large.");
    let send = async |kind: &str, body: &'static str| {
        Reply::to(app.request(Method::POST, "/sessions").header("content-type", kind).body(body)).await
    };
    let refusal = "The body is not valid JSON.";
    send("application/json", "{").await.refused(400, refusal);
    send("application/json", "[]").await.refused(400, "The JSON lacks a field, or one has the wrong type.");
    send("text/plain", "{}").await.refused(415, "Send JSON, with Content-Type: application/json.");
    app.stop().await;
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_told_in_json() {
    let app = TestApp::start().await;
    app.get("/nowhere").await.refused(404, "There is nothing at this address.");
    let reply = Reply::to(app.request(Method::PUT, "/feed")).await;
    reply.refused(405, "This method is not allowed here.");
    app.stop().await;
}

#[tokio::test]
async fn whatever_asks_for_a_session_is_refused_to_strangers() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    let mut refused = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let path = path.replace("{username}", "ada").replace(['{', '}'], "");
        let path = path.replace("publicId", NIL).replace("commentId", NIL).replace("/id", &format!("/{NIL}"));
        for (method, operation) in operations.as_object().unwrap() {
            if operation.get("security").is_some() {
                let method = method.to_uppercase().parse().unwrap();
                Reply::to(app.request(method, &path).json(&json!({}))).await.refused(401, "Log in first.");
                refused += 1;
            }
        }
    }
    assert!(refused >= 27, "{refused}");
    app.stop().await;
}
