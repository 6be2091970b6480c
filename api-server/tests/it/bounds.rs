//! How often anyone may do what.

use phasma_api::limits::Login;
use reqwest::Method;
use serde_json::json;

use crate::support::{PASSWORD, Reply, TestApp};

const TOO_MANY: &str = "Too many requests. Try again in a while.";
const TOO_MANY_FAILURES: &str = "Too many failed attempts. Try again later.";

/// Seconds a refused client is told to wait.
fn wait(reply: &Reply) -> u64 {
    reply.header("retry-after").parse().unwrap()
}

#[tokio::test]
async fn logging_in_and_signing_up_share_one_small_bucket() {
    let app = TestApp::with(&[("rate-limit-strict", "5/0.001")]).await;
    for _ in 0..3 {
        app.post("/users", &json!({})).await.expect(400);
    }
    for _ in 0..2 {
        app.post("/sessions", &json!({})).await.expect(400);
    }
    let reply = app.post("/sessions", &json!({})).await;
    reply.refused(429, TOO_MANY);
    assert!((1..=1000).contains(&wait(&reply)), "{}", wait(&reply));
    app.get("/users/nobody").await.expect(404);
    app.stop().await;
}

#[tokio::test]
async fn a_bucket_belongs_to_an_account_wherever_it_is_used() {
    let app = TestApp::with(&[("rate-limit-mutation", "2/0.001")]).await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let elsewhere = ada.elsewhere().await;
    ada.act("/users/bob/follow").await.expect(204);
    elsewhere.act("/users/bob/follow").await.expect(204);
    ada.act("/users/bob/follow").await.refused(429, TOO_MANY);
    elsewhere.act("/users/bob/follow").await.refused(429, TOO_MANY);
    bob.act("/users/ada/follow").await.expect(204);
    app.stop().await;
}

#[tokio::test]
async fn an_invented_session_counts_as_its_address() {
    let app = TestApp::with(&[("rate-limit-read", "2/0.001")]).await;
    let mut ada = app.person("ada").await;
    for token in ["x".repeat(28), "y".repeat(28)] {
        ada.token = token;
        ada.get("/users/ada").await.expect(200);
    }
    ada.token = "z".repeat(28);
    ada.get("/users/ada").await.refused(429, TOO_MANY);
    app.stop().await;
}

#[tokio::test]
async fn only_the_frontend_speaks_for_other_addresses() {
    let app = TestApp::with(&[("rate-limit-strict", "1/0.001")]).await;
    let send = async |address: String, token: &[&str]| {
        let mut request = app.request(Method::POST, "/sessions").header("x-forwarded-for", address);
        for token in token {
            request = request.header("x-phasma-frontend-token", *token);
        }
        Reply::to(request.json(&json!({}))).await.status
    };
    let from = async |address: String| send(address, &[]).await;
    // The last address is the one the frontend saw.
    let unlike = |n: u8| format!("203.0.113.{n}, {}", rand_address());
    assert_eq!((from(unlike(1)).await, from(unlike(1)).await), (400, 400));
    let own = rand_address();
    assert_eq!((from(own.clone()).await, from(own).await), (400, 429));
    // Who isn't the frontend is counted as the peer, whatever it says.
    let lie = async || send(rand_address(), &["a guess"]).await;
    assert_eq!((lie().await, lie().await), (400, 429));
    app.stop().await;
}

fn rand_address() -> String {
    let [a, b, c]: [u8; 3] = rand::random();
    format!("11.{a}.{b}.{c}")
}

#[tokio::test]
async fn after_five_failures_an_address_waits_even_with_the_right_password() {
    let app = TestApp::start().await;
    app.sign_up("ada").await;
    for _ in 0..5 {
        app.log_in("ada", "wrong horse").await.expect(401);
    }
    let reply = app.log_in("ada", PASSWORD).await;
    reply.refused(429, TOO_MANY_FAILURES);
    assert!((1..=900).contains(&wait(&reply)), "{}", wait(&reply));
    let form = json!({ "email": app.email("ada"), "password": PASSWORD });
    let elsewhere =
        app.request(Method::POST, "/sessions").header("x-forwarded-for", rand_address()).json(&form);
    Reply::to(elsewhere).await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn the_right_password_forgives_the_failures_before_it() {
    let app = TestApp::start().await;
    app.sign_up("ada").await;
    for _ in 0..2 {
        for _ in 0..4 {
            app.log_in("ada", "wrong horse").await.expect(401);
        }
        app.log_in("ada", PASSWORD).await.expect(201);
    }
    app.stop().await;
}

#[tokio::test]
async fn the_right_password_does_not_use_up_the_account() {
    let app = TestApp::start().await;
    let limits = &app.state.limits;
    for address in 0..60 {
        let login = Login::new("ada", &format!("192.0.2.{address}"));
        limits.attempt_login(&login).await.unwrap();
        limits.forgive(&login).await;
    }
    for address in 0..50 {
        limits.attempt_login(&Login::new("ada", &format!("198.51.100.{address}"))).await.unwrap();
    }
    limits.attempt_login(&Login::new("ada", "203.0.113.1")).await.unwrap_err();
    app.stop().await;
}

#[tokio::test]
async fn without_the_cache_there_still_are_limits() {
    let app = TestApp::alone(&[("cache-url", "redis://127.0.0.1:9"), ("rate-limit-strict", "6/0.001")]).await;
    for _ in 0..5 {
        app.log_in("nobody", "wrong horse").await.expect(401);
    }
    app.log_in("nobody", "wrong horse").await.refused(429, TOO_MANY_FAILURES);
    app.log_in("nobody", "wrong horse").await.refused(429, TOO_MANY);
    let metrics = String::from_utf8(app.get("/metrics").await.bytes).unwrap();
    assert!(metrics.contains("phasma_api_limit_fallback_total"), "{metrics}");
    app.stop().await;
}
