//! What machines ask.

use serde_json::json;

use crate::support::{TestApp, fields};

#[tokio::test]
async fn probes_answer() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    for path in ["/health", "/ready", "/health/traffic"] {
        app.get(path).await.expect(204);
    }
    let body = app.get("/health/background").await.expect(200);
    let components = body["components"].as_array().unwrap();
    assert_eq!(fields(&components[0]), ["healthy", "name"]);
    assert!(components.iter().all(|component| component["healthy"] == json!(true)), "{body}");
    app.stop().await;
}

#[tokio::test]
async fn what_is_away_is_named() {
    let nowhere = "postgres://nobody@127.0.0.1:9/none";
    let away = [
        ("database-url", nowhere),
        ("cache-url", "redis://127.0.0.1:9"),
        ("search-url", "http://127.0.0.1:9"),
        ("s3-endpoint", "http://127.0.0.1:9"),
    ];
    let app = TestApp::with(&away).await;
    app.get("/health").await.expect(204);
    app.get("/health/traffic").await.expect(204);
    app.get("/ready").await.refused(503, "PostgreSQL does not answer.");
    let body = app.get("/health/background").await.expect(200);
    let away = ["postgresql", "cache", "object-store", "search"]
        .map(|name| json!({ "name": name, "healthy": false }));
    assert_eq!(body, json!({ "components": away }));
    let reply = app.get("/users/ada").await;
    reply.refused(503, "The service is busy. Try again in a moment.");
    assert_eq!(reply.header("retry-after"), "2");
    app.stop().await;
}

#[tokio::test]
async fn traffic_is_sent_elsewhere_while_draining() {
    let app = TestApp::alone(&[]).await;
    assert!(!app.get("/health").await.headers.contains_key("connection"));
    app.state.traffic.drain();
    app.get("/health/traffic").await.refused(503, "Stopping.");
    let reply = app.get("/health").await;
    assert_eq!(
        reply.headers["connection"], "close",
        "a connection that is kept may be closed under a request"
    );
    reply.expect(204);
    app.person("ada").await.get("/users/me").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn requests_are_measured_by_route_pattern() {
    let app = TestApp::alone(&[]).await;
    app.person("ada").await;
    app.get("/users/ada").await.expect(200);
    let reply = app.get("/metrics").await;
    let text = String::from_utf8(reply.bytes).unwrap();
    assert!(text.contains("/users/{username}") && !text.contains("/users/ada"), "{text}");
    assert!(reply.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    app.stop().await;
}

#[tokio::test]
async fn the_document_describes_the_routes() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, method) in [("/posts/{publicId}/likes", "post"), ("/users/me", "put"), ("/feed", "get")] {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
    assert_eq!(document["components"]["securitySchemes"]["session"]["in"], json!("cookie"));
    app.stop().await;
}
