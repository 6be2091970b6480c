//! A person with a browser that runs no script: gets pages, posts forms, follows redirects, keeps cookies. Whatever
//! they see came through the frontend's public port.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, ensure};
use reqwest::{
    Client, Response, StatusCode,
    header::{ACCEPT, ORIGIN},
    multipart::{Form, Part},
};

use crate::wait::until;

const TIMEOUT: Duration = Duration::from_secs(30);
/// Where people land once they are logged in.
const HOME: &str = "/feed";
/// The platform lets one address sign up or log in every few seconds.
const TURN_LIMIT: Duration = Duration::from_secs(120);
const PASSWORD: &str = "a long enough passphrase";

/// Where the platform is: PHASMA_E2E_URL, or where `make up` puts it.
pub fn address() -> String {
    std::env::var("PHASMA_E2E_URL").unwrap_or_else(|_| "http://localhost:8080".to_owned())
}

/// A photograph to upload: the JPEG file that PHASMA_E2E_PHOTOGRAPH names.
pub fn photograph() -> Result<Vec<u8>> {
    let path = std::env::var("PHASMA_E2E_PHOTOGRAPH")
        .context("PHASMA_E2E_PHOTOGRAPH names no photograph: run through make test-cluster")?;
    std::fs::read(&path).with_context(|| format!("reading {path}"))
}

/// A name nobody used before, so that tests can run on a platform that is in use.
pub fn unique(prefix: &str) -> String {
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("{prefix}{}", to_base36(moment))
}

fn to_base36(mut number: u128) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(char::from(DIGITS[(number % 36) as usize]));
        number /= 36;
    }
    digits.iter().rev().collect()
}

/// Someone with an account, logged in.
pub struct Person {
    pub username: String,
    address: String,
    browser: Client,
}

impl Person {
    /// Signs up by the form.
    pub async fn sign_up(prefix: &str) -> Result<Self> {
        let username = unique(prefix);
        let person = Self::visitor(&username)?;
        let email = format!("{username}@example.org");
        let fields = [("name", prefix), ("username", &username), ("email", &email), ("password", PASSWORD)];
        let page = person.post_in_turn("/register", &fields).await;
        if page != HOME {
            // The account is made, but it was not its turn to log in yet.
            person.post_in_turn("/login", &[("email", &email), ("password", PASSWORD)]).await;
        }
        Ok(person)
    }

    /// Logs in as someone who signed up before.
    pub async fn log_in(username: &str) -> Result<Self> {
        let person = Self::visitor(username)?;
        let email = format!("{username}@example.org");
        person.post_in_turn("/login", &[("email", &email), ("password", PASSWORD)]).await;
        Ok(person)
    }

    /// Posts a form that few may post at a time from one address, and waits for its turn.
    async fn post_in_turn(&self, path: &str, fields: &[(&str, &str)]) -> String {
        until(path, TURN_LIMIT, || self.post(path, fields)).await
    }

    fn visitor(username: &str) -> Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let browser = Client::builder().cookie_store(true).timeout(TIMEOUT).build()?;
        Ok(Self { username: username.to_owned(), address: address(), browser })
    }

    /// Gets a path, whatever the answer.
    pub async fn get(&self, path: &str) -> Result<Response> {
        Ok(self.browser.get(format!("{}{path}", self.address)).header(ACCEPT, "text/html").send().await?)
    }

    /// Gets a path with a header.
    pub async fn get_with(&self, path: &str, name: &str, value: &str) -> Result<Response> {
        Ok(self.browser.get(format!("{}{path}", self.address)).header(name, value).send().await?)
    }

    /// The page at a path; an error if it isn't one.
    pub async fn page(&self, path: &str) -> Result<String> {
        let response = self.get(path).await?;
        ensure!(response.status() == StatusCode::OK, "{path}: {}", response.status());
        Ok(response.text().await?)
    }

    /// Looks for `text` on the page at `path`.
    pub async fn sees(&self, path: &str, text: &str) -> Result<()> {
        let page = self.page(path).await?;
        ensure!(page.contains(text), "{path} doesn't show {text:?}");
        Ok(())
    }

    /// Looks that `text` isn't on the page at `path`.
    pub async fn misses(&self, path: &str, text: &str) -> Result<()> {
        let page = self.page(path).await?;
        ensure!(!page.contains(text), "{path} shows {text:?}");
        Ok(())
    }

    /// Posts a form and returns the path the browser ends on.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<String> {
        let request = self.browser.post(format!("{}{path}", self.address)).form(fields);
        landed(path, request.header(ORIGIN, &self.address).header(ACCEPT, "text/html").send().await?).await
    }

    /// Uploads `picture` with a caption, and returns the new post's path, `/posts/{id}`.
    pub async fn publish(&self, picture: Vec<u8>, caption: &str) -> Result<String> {
        landed("/upload", self.try_publish(picture, caption).await?).await
    }

    /// Uploads `picture` with a caption, whatever the answer.
    pub async fn try_publish(&self, picture: Vec<u8>, caption: &str) -> Result<Response> {
        let part = Part::bytes(picture).file_name("photograph.jpg").mime_str("image/jpeg")?;
        let form = Form::new().text("description", caption.to_owned()).part("image", part);
        let request = self.browser.post(format!("{}/upload", self.address)).multipart(form);
        Ok(request.header(ORIGIN, &self.address).header(ACCEPT, "text/html").send().await?)
    }
}

/// The path a form led to; an error with the page's words if it was refused.
async fn landed(form: &str, response: Response) -> Result<String> {
    let (status, path) = (response.status(), response.url().path().to_owned());
    if status.is_success() {
        return Ok(path);
    }
    let page = response.text().await?;
    let start = page.find("<main").unwrap_or(0);
    Err(anyhow!("{form}: {status}: {}", page.get(start..).unwrap_or(&page)))
}
