//! A dependency goes away and comes back: what doesn't need it goes on, the rest says so, and all of it recovers.

use std::time::{Duration, Instant};

use image::ImageFormat;
use phasma_store::testing::required;
use reqwest::Method;
use serde_json::json;

use crate::support::{Gate, PASSWORD, Person, TestApp, picture::encoded};

const BUSY: &str = "The service is busy. Try again in a moment.";
/// Longer than any dependency takes to be noticed as back.
const RECOVERY: Duration = Duration::from_secs(30);

fn picture() -> Vec<u8> {
    encoded(60, 40, ImageFormat::Png)
}

async fn until(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !check().await {
        assert!(start.elapsed() < RECOVERY, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn connections_that_break_are_nobodys_trouble() {
    let (app, gate) = TestApp::behind_a_gate().await;
    let ada = app.person("ada").await;
    let bob = app.person("bob").await;
    let post = bob.publish("sunset").await;
    for round in 0..5 {
        // As many connections as there can be, all of them idle.
        let reads = (0..8).map(|_| ada.get("/feed"));
        assert!(futures::future::join_all(reads).await.iter().all(|reply| reply.status == 200));
        gate.cut().await;
        ada.get("/users/bob").await.expect(200);
        gate.cut().await;
        ada.act(&format!("/posts/{post}/likes")).await.expect(204);
        gate.cut().await;
        let form = json!({ "body": format!("round {round}") });
        ada.post(&format!("/posts/{post}/comments"), &form).await.expect(201);
    }
    let seen = ada.get(&format!("/posts/{post}")).await.expect(200);
    assert_eq!((&seen["likes"], &seen["comments"]), (&json!(1), &json!(5)));
    app.stop().await;
}

#[tokio::test]
async fn without_the_database_requests_are_refused_at_once_and_pictures_are_served() {
    let (app, gate) = TestApp::behind_a_gate().await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    let filename = ada.upload(picture()).await;
    gate.close();
    until("the breaker opens", async || {
        let replies = futures::future::join_all((0..8).map(|_| ada.get("/feed"))).await;
        replies.iter().for_each(|reply| reply.refused(503, BUSY));
        app.state.breaker.is_open()
    })
    .await;
    let reply = ada.get("/feed").await;
    reply.refused(503, BUSY);
    assert_eq!(reply.header("retry-after"), "2");
    app.get("/health").await.expect(204);
    app.get("/health/traffic").await.expect(204);
    app.get("/ready").await.refused(503, "PostgreSQL does not answer.");
    assert_eq!(app.get(&format!("/uploads/{filename}")).await.status, 200);
    gate.reopen().await;
    until("requests are served again", async || ada.get("/feed").await.status == 200).await;
    app.get("/ready").await.expect(204);
    app.stop().await;
}

#[tokio::test]
async fn clients_that_hang_up_do_not_open_the_breaker() {
    let app = TestApp::alone(&[]).await;
    let ada = app.person("ada").await;
    app.sql("create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return new; end $$; \
             create trigger slow before insert on follows for each row execute function slow()").await;
    app.person("bob").await;
    let hang_up = || async {
        let request = ada.request(Method::POST, "/users/bob/follow").timeout(Duration::from_millis(50));
        request.send().await.unwrap_err();
    };
    futures::future::join_all((0..12).map(|_| hang_up())).await;
    assert!(!app.state.breaker.is_open());
    ada.get("/users/bob").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_page_takes_two_round_trips() {
    let (app, gate) = TestApp::behind_a_gate().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    ada.follow(&bob).await;
    let post = bob.publish("sunset with @ada").await;
    let paths = ["/feed".to_owned(), "/users/bob".to_owned(), format!("/posts/{post}")];
    for path in paths {
        // Statements are prepared on each connection the first time.
        for _ in 0..8 {
            futures::future::join_all((0..8).map(|_| ada.get(&path))).await;
        }
        quiet(&gate).await;
        ada.get(&path).await.expect(200);
        // What the pool asks when a connection comes back is nobody's wait: one each.
        let trips = quiet(&gate).await;
        assert!(trips <= 4, "{path} took {trips} round trips, two of them after the answer");
    }
    app.stop().await;
}

/// Waits until nothing is asked any more; how often it was.
async fn quiet(gate: &Gate) -> usize {
    let mut all = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        match gate.take_round_trips() {
            0 => return all,
            trips => all += trips,
        }
    }
}

#[tokio::test]
async fn without_the_object_store_uploads_are_refused_and_leave_nothing() {
    let gate = Gate::before(&required("PHASMA_S3_ENDPOINT")).await;
    let endpoint = format!("http://{}", gate.address);
    let app = TestApp::alone(&[("s3-endpoint", &endpoint)]).await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    let filename = ada.upload(picture()).await;
    gate.close();
    ada.send_picture(picture()).await.refused(503, BUSY);
    assert_eq!(app.get(&format!("/uploads/{filename}")).await.status, 503);
    assert_eq!(app.number("select count(*) from uploads").await, 1);
    let form = json!({ "filename": filename, "description": "published without it" });
    ada.post("/posts", &form).await.expect(201);
    ada.get("/feed").await.expect(200);
    gate.reopen().await;
    until("pictures are served again", async || app.get(&format!("/uploads/{filename}")).await.status == 200)
        .await;
    ada.upload(picture()).await;
    app.stop().await;
}

#[tokio::test]
async fn without_the_cache_everything_goes_on() {
    let url = required("PHASMA_CACHE_URL");
    let gate = Gate::before(&url).await;
    let app = TestApp::alone(&[("cache-url", &gate.url(&url))]).await;
    let ada = app.sign_up("ada").await;
    let works = async |ada: &Person<'_>| {
        ada.get("/feed").await.expect(200);
        app.log_in("ada", PASSWORD).await.expect(201);
    };
    works(&ada).await;
    gate.close();
    for _ in 0..5 {
        works(&ada).await;
    }
    gate.reopen().await;
    until("the cache decides again", async || app.state.cache.ping().await.is_ok()).await;
    works(&ada).await;
    app.stop().await;
}
