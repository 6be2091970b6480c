//! `check` lets good settings pass and names the cause of bad ones in one line.

use axum::{Router, http::StatusCode};
use phasma_store::testing::required;
use tokio::net::TcpListener;

use crate::support::{free_address, job};

/// Succeeds with the services' own settings; otherwise the message.
async fn check(target: &str, settings: &[(&str, String)]) -> Result<(), String> {
    let output = job(&["check", target], settings).await;
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(message) }
}

async fn refused(target: &str, settings: &[(&str, String)], cause: &str) {
    let message = check(target, settings).await.unwrap_err();
    assert!(message.contains(cause), "{target}: {message}");
    assert_eq!(message.lines().count(), 1, "{target}: {message}");
    assert!(!message.contains("wrong-secret"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database() {
    let good = required("PHASMA_TEST_DATABASE_URL");
    check("database", &[("PHASMA_DATABASE_URL", good.clone())]).await.unwrap();
    let nobody = format!("postgres://someone:wrong-secret@localhost:{}/x", free_address().port());
    refused("database", &[("PHASMA_DATABASE_URL", nobody)], "refused").await;
    let mut wrong = url::Url::parse(&good).unwrap();
    wrong.set_password(Some("wrong-secret")).unwrap();
    refused("database", &[("PHASMA_DATABASE_URL", wrong.into())], "password authentication failed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cache() {
    let good = required("PHASMA_CACHE_URL");
    check("cache", &[("PHASMA_CACHE_URL", good.clone())]).await.unwrap();
    let mut wrong = url::Url::parse(&good).unwrap();
    wrong.set_password(Some("wrong-secret")).unwrap();
    refused("cache", &[("PHASMA_CACHE_URL", wrong.into())], "password").await;
    let nobody = format!("redis://localhost:{}", free_address().port());
    refused("cache", &[("PHASMA_CACHE_URL", nobody)], "refused").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_object_storage() {
    let endpoint = ("PHASMA_S3_ENDPOINT", required("PHASMA_S3_ENDPOINT"));
    check("object-storage", std::slice::from_ref(&endpoint)).await.unwrap();
    let wrong = ("PHASMA_S3_SECRET_ACCESS_KEY", "wrong-secret".to_owned());
    refused("object-storage", &[endpoint, wrong], "403").await;
    let nobody = ("PHASMA_S3_ENDPOINT", format!("http://{}", free_address()));
    refused("object-storage", &[nobody], "refused").await;
}

/// Answers every request with this status and S3 error code.
async fn object_store_that_says(status: StatusCode, code: &'static str) -> String {
    let answer = move || async move {
        let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>");
        (status, body)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, Router::new().fallback(answer)).into_future());
    endpoint
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_ours() {
    for (status, code, cause) in [
        (StatusCode::FORBIDDEN, "AccessDenied", "the bucket photos belongs to someone else"),
        (StatusCode::FORBIDDEN, "InvalidAccessKeyId", "accessKeyId and secretAccessKey are refused"),
        (StatusCode::BAD_REQUEST, "AuthorizationHeaderMalformed", "the bucket photos is in another region"),
    ] {
        let endpoint = object_store_that_says(status, code).await;
        let settings = [("PHASMA_S3_ENDPOINT", endpoint), ("PHASMA_S3_BUCKET", "photos".to_owned())];
        refused("object-storage", &settings, cause).await;
        refused("object-storage", &settings, code).await;
    }
    let endpoint = object_store_that_says(StatusCode::NOT_FOUND, "NoSuchBucket").await;
    check("object-storage", &[("PHASMA_S3_ENDPOINT", endpoint)]).await.unwrap();
}

/// The broker is the one service here that speaks TLS: whether its certificate is accepted shows before the protocols
/// turn out to differ.
#[tokio::test(flavor = "multi_thread")]
async fn private_authorities_are_trusted_where_they_are_named() {
    let (server, ca) = (required("PHASMA_BROKER_BOOTSTRAP_SERVERS"), required("PHASMA_BROKER_CA_FILE"));
    let cache = ("PHASMA_CACHE_URL", format!("rediss://{server}"));
    let storage = ("PHASMA_S3_ENDPOINT", format!("https://{server}"));
    for (target, address, file) in
        [("cache", cache, "PHASMA_CACHE_CA_FILE"), ("object-storage", storage, "PHASMA_S3_CA_FILE")]
    {
        refused(target, std::slice::from_ref(&address), "UnknownIssuer").await;
        let trusting = check(target, &[address.clone(), (file, ca.clone())]).await.unwrap_err();
        assert!(trusting.contains(&server) && !trusting.contains("UnknownIssuer"), "{trusting}");
        refused(target, &[address, (file, "/nowhere/ca.crt".to_owned())], "/nowhere/ca.crt").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_engine() {
    let url = ("PHASMA_SEARCH_URL", required("PHASMA_SEARCH_URL"));
    check("search", std::slice::from_ref(&url)).await.unwrap();
    let wrong = ("PHASMA_SEARCH_KEY", "wrong-secret".to_owned());
    refused("search", &[url, wrong], "key").await;
    let nobody = ("PHASMA_SEARCH_URL", format!("http://{}", free_address()));
    refused("search", &[nobody], "refused").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker() {
    check("broker", &[]).await.unwrap();
    let wrong = ("PHASMA_BROKER_PASSWORD", "wrong-secret".to_owned());
    refused("broker", &[wrong], "uthentication").await;
    let nobody = ("PHASMA_BROKER_BOOTSTRAP_SERVERS", free_address().to_string());
    let address = nobody.1.clone();
    refused("broker", std::slice::from_ref(&nobody), "refused").await;
    refused("broker", &[nobody], &address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_setting() {
    refused("database", &[], "PHASMA_DATABASE_URL").await;
}
