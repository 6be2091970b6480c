//! `check` lets good settings pass and names the cause of bad ones in one line.

use phasma_store::testing::required;

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
    refused("broker", &[nobody], "refused").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_setting() {
    refused("database", &[], "PHASMA_DATABASE_URL").await;
}
