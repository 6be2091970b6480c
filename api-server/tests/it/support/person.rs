//! Somebody with an account and a session.

use reqwest::{
    Method, RequestBuilder,
    header::COOKIE,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Reply, TestApp};

/// Password of everyone who signs up.
pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) struct Person<'a> {
    app: &'a TestApp,
    pub(crate) token: String,
    pub(crate) username: String,
    /// Internal key, which never shows.
    pub(crate) key: i64,
    pub(crate) id: Uuid,
}

impl<'a> Person<'a> {
    pub(crate) fn new(app: &'a TestApp, token: String, username: &str, key: i64, id: Uuid) -> Self {
        Self { app, token, username: username.to_owned(), key, id }
    }

    /// The same person in another browser.
    pub(crate) async fn elsewhere(&self) -> Self {
        let token = self.app.start_session(self.key).await;
        Self::new(self.app, token, &self.username, self.key, self.id)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.app.request(method, path).header(COOKIE, format!("session={}", self.token))
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::to(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request(Method::POST, path).json(body)).await
    }

    /// POST without a body.
    pub(crate) async fn act(&self, path: &str) -> Reply {
        Reply::to(self.request(Method::POST, path)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request(Method::PUT, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request(Method::PATCH, path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        Reply::to(self.request(Method::DELETE, path)).await
    }

    /// Sends a picture with a name and type that say nothing.
    pub(crate) async fn send_picture(&self, picture: Vec<u8>) -> Reply {
        let part = Part::bytes(picture).file_name("../notes.txt").mime_str("text/plain").unwrap();
        Reply::to(self.request(Method::POST, "/uploads").multipart(Form::new().part("image", part))).await
    }

    /// Uploads a picture; its name.
    pub(crate) async fn upload(&self, picture: Vec<u8>) -> String {
        self.send_picture(picture).await.expect(201)["filename"].as_str().unwrap().to_owned()
    }

    /// A pending upload of this person, as if a picture had been stored; its name.
    pub(crate) async fn pending(&self) -> String {
        let filename = format!("{}.webp", Uuid::now_v7().simple());
        sqlx::query("insert into uploads (filename, user_id, width, height, thumbhash) values ($1, $2, 640, 480, 'th')")
            .bind(&filename)
            .bind(self.key)
            .execute(self.app.pool())
            .await
            .unwrap();
        filename
    }

    /// Publishes a post; its public id.
    pub(crate) async fn publish(&self, description: &str) -> Uuid {
        let form = json!({ "filename": self.pending().await, "description": description });
        let body = self.post("/posts", &form).await.expect(201);
        body["publicId"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) async fn follow(&self, other: &Person<'_>) {
        self.act(&format!("/users/{}/follow", other.username)).await.expect(204);
    }

    pub(crate) async fn like(&self, post: Uuid) {
        self.act(&format!("/posts/{post}/likes")).await.expect(204);
    }

    /// Comments on a post; the comment's id.
    pub(crate) async fn comment(&self, post: Uuid, text: &str) -> Uuid {
        let body = self.post(&format!("/posts/{post}/comments"), &json!({ "body": text })).await.expect(201);
        body["id"].as_str().unwrap().parse().unwrap()
    }

    /// Every item of a list, page by page, in pages of `limit`.
    pub(crate) async fn pages(&self, path: &str, limit: usize) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let separator = if path.contains('?') { '&' } else { '?' };
            let (items, next) = self.get(&format!("{path}{separator}limit={limit}{cursor}")).await.page();
            pages.push(items);
            assert!(pages.len() < 100, "{path} has no end");
            match next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return pages,
            }
        }
    }
}
