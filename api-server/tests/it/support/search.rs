//! Documents in the search engine.

use phasma_store::testing::required;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Reply, TestApp};

impl TestApp {
    /// Puts documents into one of this test's indexes and waits until they can be found.
    pub(crate) async fn index(&self, index: &str, documents: &Value) {
        let uid = format!("{}-{index}", self.id);
        let path = format!("/indexes/{uid}/documents?primaryKey=id");
        let task = self.engine(Method::POST, &path, documents).await.expect(202);
        let path = format!("/tasks/{}", task["taskUid"]);
        loop {
            let task = self.engine(Method::GET, &path, &json!(null)).await.expect(200);
            match task["status"].as_str() {
                Some("enqueued" | "processing") => tokio::task::yield_now().await,
                Some("succeeded") => return,
                _ => panic!("{task}"),
            }
        }
    }

    async fn engine(&self, method: Method, path: &str, body: &Value) -> Reply {
        let url = format!("{}{path}", required("PHASMA_SEARCH_URL"));
        Reply::elsewhere(
            self.client.request(method, url).bearer_auth(required("PHASMA_SEARCH_KEY")).json(body),
        )
        .await
    }
}
