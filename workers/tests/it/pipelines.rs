//! The whole path to the two streams: outbox, relay, broker, the real Connect, and what stands behind it.

use std::{path::Path, process::Stdio, sync::Arc};

use axum::{Json, Router, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use phasma_domain::{
    event::{Event, MediaReleased, PostCreated, PostDeleted, UserChanged, UserDeleted},
    id::{PostId, UserId},
};
use phasma_store::testing::required;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::Mutex,
};

use crate::support::{Installation, Role, free_address, job, until};

const TOKEN: &str = "internal token";

/// What the API's internal port was asked, with the token.
type Calls = Arc<Mutex<Vec<(String, Value)>>>;

/// Stands for the API's internal port; returns its address.
async fn internal_port(calls: Calls) -> String {
    async fn released(State(calls): State<Calls>, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
        let token = headers["authorization"].to_str().unwrap().to_owned();
        calls.lock().await.push((token, body));
        StatusCode::NO_CONTENT
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/internal/media-released", post(released)).with_state(calls);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}/internal/media-released")
}

/// The settings of everything on the path; the search indexes are this test's own.
pub(crate) fn settings(installation: &Installation, released: String) -> Vec<(&'static str, String)> {
    let mut settings = installation.settings();
    settings.extend([
        ("PHASMA_SEARCH_URL", required("PHASMA_SEARCH_URL")),
        ("PHASMA_SEARCH_INDEX_PREFIX", index_prefix(installation)),
        ("PHASMA_MEDIA_RELEASED_URL", released),
        ("PHASMA_INTERNAL_TOKEN", TOKEN.to_owned()),
        ("PHASMA_INSTANCE_ID", "test".to_owned()),
    ]);
    settings
}

fn index_prefix(installation: &Installation) -> String {
    installation.prefix.replace('.', "-")
}

/// Starts the streams and waits until they run.
pub(crate) async fn connect(settings: &[(&str, String)]) -> Child {
    let pipelines = Path::new(env!("CARGO_MANIFEST_DIR")).join("../operator/pipelines");
    let files = ["root", "search-sync", "blob-cleanup"].map(|name| pipelines.join(format!("{name}.yaml")));
    let address = free_address();
    let child = Command::new(required("PHASMA_TEST_CONNECT_BIN"))
        .args(["--disable-telemetry", "streams", "--no-api", "-o"])
        .args(files)
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .env("PHASMA_CONNECT_ADDRESS", address.to_string())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    until("the streams run", async || {
        let ready = reqwest::get(format!("http://{address}/ready")).await;
        ready.is_ok_and(|response| response.status().is_success())
    })
    .await;
    child
}

pub(crate) async fn document(installation: &Installation, index: &str, id: impl ToString) -> Option<Value> {
    let (url, prefix) = (required("PHASMA_SEARCH_URL"), index_prefix(installation));
    let url = format!("{url}/indexes/{prefix}{index}/documents/{}", id.to_string());
    let client = reqwest::Client::new();
    let response = client.get(url).bearer_auth(required("PHASMA_SEARCH_KEY")).send().await.unwrap();
    response.error_for_status().ok()?.json().await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_reaches_search_and_the_object_store_s_keeper() {
    let installation = Installation::without_topics().await;
    let calls = Calls::default();
    let settings = settings(&installation, internal_port(calls.clone()).await);
    let made = job(&["provision"], &settings).await;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let relay = Role::start("relay", &settings);
    let mut streams = connect(&settings).await;

    let (user_id, post_id, created) = (UserId::generate(), PostId::generate(), OffsetDateTime::now_utc());
    let changed = UserChanged {
        user_id,
        username: "ada".into(),
        name: "Ada".into(),
        bio: "Notes".into(),
        avatar: None,
        created,
    };
    let posted = PostCreated {
        post_id,
        author_id: user_id,
        username: "ada".into(),
        description: "The #sea".into(),
        hashtags: vec!["sea".into()],
        filename: "a.jpg".into(),
        created,
    };
    let edited = PostCreated { description: "The lake".into(), hashtags: vec![], ..posted.clone() };
    installation.append(&[Event::UserChanged(changed), Event::PostCreated(posted)]).await;
    until("the user is found", async || {
        document(&installation, "users", user_id).await.is_some_and(|user| user["username"] == "ada")
    })
    .await;
    until("the post is found", async || {
        document(&installation, "posts", post_id).await.is_some_and(|post| post["description"] == "The #sea")
    })
    .await;

    installation.append(&[Event::PostChanged(edited)]).await;
    until("its new caption is found", async || {
        document(&installation, "posts", post_id).await.is_some_and(|post| post["description"] == "The lake")
    })
    .await;

    let released = MediaReleased { keys: vec!["a.jpg".into()] };
    let deleted = PostDeleted { post_id, author_id: user_id };
    installation.append(&[Event::PostDeleted(deleted), Event::MediaReleased(released)]).await;
    until("the post is no longer found", async || document(&installation, "posts", post_id).await.is_none())
        .await;
    installation.append(&[Event::UserDeleted(UserDeleted { user_id })]).await;
    until("the user is no longer found", async || document(&installation, "users", user_id).await.is_none())
        .await;
    let expected = (format!("Bearer {TOKEN}"), json!({ "keys": ["a.jpg"] }));
    until("the picture is released", async || calls.lock().await.contains(&expected)).await;

    streams.kill().await.unwrap();
    relay.stop().await;
    installation.remove().await;
}
