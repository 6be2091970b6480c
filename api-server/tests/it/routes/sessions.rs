//! Logging in and out, and where one is logged in.

use phasma_api::{
    config::SessionConfig,
    security::token::{SessionKeys, Token},
};
use reqwest::Method;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::support::{PASSWORD, Reply, TestApp, fields};

const WRONG: &str = "Wrong e-mail address or password.";

#[tokio::test]
async fn logging_in_sets_a_cookie_that_the_database_only_knows_hashed() {
    let app = TestApp::start().await;
    app.sign_up("ada").await;
    let email = format!(" {} ", app.email("ada").to_uppercase());
    let reply = app.post("/sessions", &json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(reply.expect(201), json!({ "username": "ada" }));
    let cookie = reply.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=604800"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let token = reply.session_cookie();
    assert_eq!(token.len(), 28);
    let stored: Vec<Vec<u8>> =
        sqlx::query_scalar("select token_hash from sessions").fetch_all(app.pool()).await.unwrap();
    assert_eq!(stored.iter().map(Vec::len).collect::<Vec<_>>(), [32, 32]);
    assert!(stored.iter().all(|hash| hash != token.as_bytes()));
    app.stop().await;
}

#[tokio::test]
async fn cookies_travel_without_tls_only_where_there_is_none() {
    let app = TestApp::with(&[("public-origin", "http://localhost:8080")]).await;
    app.sign_up("ada").await;
    assert!(!app.log_in("ada", PASSWORD).await.header("set-cookie").contains("Secure"));
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_the_same() {
    let app = TestApp::start().await;
    app.sign_up("ada").await;
    app.log_in("ada", "wrong horse").await.refused(401, WRONG);
    app.log_in("nobody", PASSWORD).await.refused(401, WRONG);
    app.post("/sessions", &json!({ "email": app.email("ada") }))
        .await
        .refused(400, "The JSON lacks a field, or one has the wrong type.");
    app.stop().await;
}

#[tokio::test]
async fn an_outdated_hash_is_renewed_when_its_owner_logs_in() {
    let app = TestApp::start().await;
    app.sign_up("ada").await;
    // Of the same password with one pass over 8 MiB.
    let weak = weak_hash(PASSWORD);
    sqlx::query("update users set password_hash = $1").bind(&weak).execute(app.pool()).await.unwrap();
    app.log_in("ada", PASSWORD).await.expect(201);
    assert_eq!(
        app.number("select count(*) from users where password_hash like '%$m=19456,t=2,p=1$%'").await,
        1
    );
    app.log_in("ada", PASSWORD).await.expect(201);
    app.stop().await;
}

fn weak_hash(password: &str) -> String {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8192, 1, 1, None).unwrap());
    argon2.hash_password(password.as_bytes()).unwrap().to_string()
}

#[tokio::test]
async fn the_list_has_the_current_session_first_then_the_newest() {
    let app = TestApp::start().await;
    let first = app.person("ada").await;
    let (second, third) = (first.elsewhere().await, first.elsewhere().await);
    app.person("bob").await;
    let sessions = sessions(&first.get("/sessions").await);
    assert_eq!(fields(&sessions[0]), ["created", "current", "device", "expiresAt", "id", "lastUsed"]);
    let current: Vec<_> = sessions.iter().map(|session| session["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [true, false, false]);
    assert!(moment(&sessions[1]["created"]) > moment(&sessions[2]["created"]));
    assert!(moment(&sessions[0]["created"]) < moment(&sessions[2]["created"]));
    assert_eq!(second.get("/sessions").await.status, third.get("/sessions").await.status);
    app.get("/sessions").await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn a_session_has_the_name_of_its_browser() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada").await;
    let names = async || -> Vec<_> {
        let sessions = sessions(&ada.get("/sessions").await);
        sessions.iter().map(|session| session["device"].as_str().unwrap().to_owned()).collect()
    };
    let form = json!({ "email": app.email("ada"), "password": PASSWORD });
    let browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1";
    let request = app.request(Method::POST, "/sessions").header("user-agent", browser).json(&form);
    Reply::to(request).await.expect(201);
    assert_eq!(names().await, ["Unknown device", "Safari on iPhone"]);
    app.stop().await;
}

#[tokio::test]
async fn the_last_use_is_noted_once_an_hour() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let last_used = async || moment(&sessions(&ada.get("/sessions").await)[0]["lastUsed"]);
    let first = last_used().await;
    assert_eq!(last_used().await, first);
    app.sql("update sessions set last_used = now() - interval '61 minutes'").await;
    assert!(last_used().await >= first);
    app.stop().await;
}

fn sessions(reply: &Reply) -> Vec<Value> {
    reply.expect(200)["sessions"].as_array().unwrap().clone()
}

fn moment(text: &Value) -> OffsetDateTime {
    OffsetDateTime::parse(text.as_str().unwrap(), &Rfc3339).unwrap()
}

#[tokio::test]
async fn logging_out_ends_the_session_and_takes_the_cookie() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let elsewhere = ada.elsewhere().await;
    let reply = ada.delete("/sessions").await;
    reply.expect(204);
    assert_eq!(reply.session_cookie(), "");
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
    ada.get("/users/me").await.refused(401, "Log in first.");
    ada.delete("/sessions").await.refused(401, "Log in first.");
    elsewhere.get("/users/me").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn other_sessions_of_ones_own_can_be_ended() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let elsewhere = ada.elsewhere().await;
    let own = sessions(&ada.get("/sessions").await);
    let id = |session: &Value| session["id"].as_str().unwrap().to_owned();
    let (current, other) = (id(&own[0]), id(&own[1]));
    ada.delete("/sessions/first").await.refused(400, "The address names something malformed.");
    ada.delete(&format!("/sessions/{}", ada.id)).await.refused(404, "Session not found.");
    bob.delete(&format!("/sessions/{other}")).await.refused(404, "Session not found.");
    ada.delete(&format!("/sessions/{current}"))
        .await
        .refused(409, "That is the session you are using. Log out instead.");
    elsewhere.get("/users/me").await.expect(200);
    ada.delete(&format!("/sessions/{other}")).await.expect(204);
    elsewhere.get("/users/me").await.expect(401);
    ada.delete(&format!("/sessions/{other}")).await.refused(404, "Session not found.");
    let stranger = Reply::to(app.request(Method::DELETE, &format!("/sessions/{current}"))).await;
    stranger.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn an_account_keeps_its_newest_hundred_sessions() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada").await;
    app.sql(
        "insert into sessions (public_id, user_id, token_hash, device, created, expires)
         select uuidv7(), user_id, sha256(n::text::bytea), device, now() + n * interval '1 ms', expires
         from sessions, generate_series(1, 99) as n",
    )
    .await;
    ada.get("/users/me").await.expect(200);
    app.sql("update sessions set created = created - interval '1 minute'").await;
    app.log_in("ada", PASSWORD).await.expect(201);
    assert_eq!(app.number("select count(*) from sessions").await, 100);
    ada.get("/users/me").await.expect(401);
    app.stop().await;
}

#[tokio::test]
async fn a_session_slides_in_its_second_half_and_dies_when_unused() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    assert!(!ada.get("/users/me").await.headers.contains_key("set-cookie"));
    app.sql("update sessions set expires = now() + interval '4 days'").await;
    assert!(!ada.get("/users/me").await.headers.contains_key("set-cookie"));
    app.sql("update sessions set expires = now() + interval '3 days'").await;
    assert_eq!(ada.get("/users/me").await.session_cookie(), ada.token);
    assert_eq!(
        app.number("select count(*) from sessions where expires > now() + interval '6 days 23 hours'").await,
        1
    );
    app.sql("update sessions set created = now() - interval '29 days', expires = now() + interval '1 day'")
        .await;
    assert!(!ada.get("/users/me").await.headers.contains_key("set-cookie"));
    app.sql("update sessions set expires = now() - interval '1 second'").await;
    ada.get("/users/me").await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn sessions_outlive_several_rotations_of_the_key() {
    let previous = "cHJldmlvdXMta2V5LXByZXZpb3VzLWtleS1wcmV2aW91cy1rZXk=";
    let others = format!("bmV4dC1rZXktbmV4dC1rZXktbmV4dC1rZXktbmV4dC0=,{previous}");
    let app = TestApp::with(&[("session-key-previous", &others)]).await;
    let mut ada = app.person("ada").await;
    let token = Token::generate().unwrap();
    let keys = SessionKeys::new(&SessionConfig {
        session_key: previous.parse().unwrap(),
        session_keys_previous: Vec::new(),
    });
    sqlx::query("update sessions set token_hash = $1")
        .bind(keys.hash(&token))
        .execute(app.pool())
        .await
        .unwrap();
    ada.get("/users/me").await.expect(401);
    ada.token = token.to_cookie_value();
    ada.get("/users/me").await.expect(200);
    app.stop().await;
}
