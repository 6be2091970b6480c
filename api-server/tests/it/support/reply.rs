//! An answer, with what tests ask of one.

use reqwest::{Client, Request, RequestBuilder, header::HeaderMap};
use serde_json::Value;

use super::contract;

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// Sends the request to the public listener, and holds the answer against the OpenAPI document.
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let reply = Self::of(client, request).await;
        contract::check(&method, &path, &reply);
        reply
    }

    /// Sends the request to something that the document is not about.
    pub(crate) async fn elsewhere(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        Self::of(client, request.unwrap()).await
    }

    async fn of(client: Client, request: Request) -> Self {
        let response = client.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, bytes: response.bytes().await.unwrap().to_vec() }
    }

    /// The body, after making sure of the status. No body is null.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        if self.bytes.is_empty() { Value::Null } else { serde_json::from_slice(&self.bytes).unwrap() }
    }

    /// Makes sure that this is an error with exactly this message and nothing else in its body.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, message: &str) {
        assert_eq!(self.expect(status), serde_json::json!({ "message": message }));
    }

    /// The items of a page and the cursor of the next.
    #[track_caller]
    pub(crate) fn page(&self) -> (Vec<Value>, Option<String>) {
        let body = self.expect(200);
        assert_eq!(fields(&body), ["items", "nextCursor"]);
        let next = &body["nextCursor"];
        assert!(next.is_null() || next.is_string(), "{next}");
        (body["items"].as_array().unwrap().clone(), next.as_str().map(str::to_owned))
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_str().unwrap()
    }

    /// The token in the session cookie that is being set.
    #[track_caller]
    pub(crate) fn session_cookie(&self) -> String {
        let cookie = self.header("set-cookie");
        let value = cookie.split(';').next().and_then(|pair| pair.strip_prefix("session="));
        value.unwrap_or_else(|| panic!("{cookie}")).to_owned()
    }
}

/// Names of an object's fields, in alphabetical order.
#[track_caller]
pub(crate) fn fields(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// One text field of each item.
#[track_caller]
pub(crate) fn texts<'a>(items: &'a [Value], field: &str) -> Vec<&'a str> {
    items.iter().map(|item| item[field].as_str().unwrap()).collect()
}
