//! Two people and a photograph, through the frontend's public port only.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use phasma_e2e::{
    person::{Person, photograph, unique},
    wait::until,
};
use reqwest::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
};

/// Effects that travel through WAL, broker and consumers arrive within this, on two slow cores.
const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_picture_is_published_seen_liked_found_and_deleted() -> Result<()> {
    let ada = Person::sign_up("ada").await?;
    let bob = Person::sign_up("bob").await?;
    let word = unique("lighthouse");
    let profile = format!("/@{}", ada.username);
    let posts_found = format!("/search?q={word}&type=posts");
    let users_found = format!("/search?q={}&type=users", ada.username);

    bob.post(&format!("{profile}?/follow"), &[]).await?;
    let post = ada.publish(photograph()?, &format!("The {word} at dusk #sea")).await?;
    let picture = picture_of(&ada, &post).await?;

    until("the post in the follower's feed", SOON, || bob.sees("/feed", &word)).await;
    bob.post(&format!("{post}?/like"), &[]).await?;
    bob.post(&format!("{post}?/comment"), &[("body", "What a light!")]).await?;
    for action in ["liked", "commented", "follow"] {
        until("the notification", SOON, || ada.sees("/notifications", action)).await;
    }
    until("the unread badge", SOON, || ada.sees("/feed", "3 unread")).await;

    serves_unchanged_pictures_once(&bob, &picture).await?;
    until("the post in search", SOON, || bob.sees(&posts_found, &post)).await;
    until("the author in search", SOON, || bob.sees(&users_found, &profile)).await;

    ada.post(&format!("{post}?/delete"), &[]).await?;
    ensure!(bob.get(&post).await?.status() == StatusCode::NOT_FOUND, "the deleted post is still there");
    bob.misses("/feed", &word).await?;
    until("the post gone from search", SOON, || bob.misses(&posts_found, &post)).await;
    until("the picture gone from the object store", SOON, || async {
        let status = bob.get(&picture).await?.status();
        ensure!(status == StatusCode::NOT_FOUND, "{picture}: {status}");
        Ok(())
    })
    .await;
    Ok(())
}

/// The address of the picture on a post's page.
async fn picture_of(person: &Person, post: &str) -> Result<String> {
    let page = person.page(post).await?;
    let start = page.find("/uploads/").context("the post shows no picture")?;
    let name: String =
        page[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || "/.".contains(*c)).collect();
    // A rendition's address ends in its width; the picture itself is one level up.
    let mut parts = name.trim_start_matches("/uploads/").split('/');
    Ok(format!("/uploads/{}", parts.next().context("the picture has no name")?))
}

async fn serves_unchanged_pictures_once(person: &Person, picture: &str) -> Result<()> {
    let response = person.get(picture).await?;
    ensure!(response.status() == StatusCode::OK, "{picture}: {}", response.status());
    let headers = response.headers();
    let header =
        |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (tag, kind, caching) = (header(ETAG), header(CONTENT_TYPE), header(CACHE_CONTROL));
    ensure!(kind.starts_with("image/"), "content type {kind:?}");
    ensure!(caching.contains("immutable"), "cache-control {caching:?}");
    ensure!(tag.starts_with('"'), "etag {tag:?}");
    let again = person.get_with(picture, "if-none-match", &tag).await?;
    ensure!(again.status() == StatusCode::NOT_MODIFIED, "second time: {}", again.status());
    Ok(())
}

#[tokio::test]
async fn what_is_no_picture_is_refused_in_words_and_leaves_nothing() -> Result<()> {
    let person = Person::sign_up("eve").await?;
    let cases = [
        ("no image", b"<html>not a picture</html>".to_vec(), StatusCode::UNPROCESSABLE_ENTITY),
        ("too large", vec![0xff; 20 * 1024 * 1024 + 1024 * 512], StatusCode::PAYLOAD_TOO_LARGE),
        ("a bomb", bomb(), StatusCode::UNPROCESSABLE_ENTITY),
    ];
    for (what, bytes, expected) in cases {
        let response = person.try_publish(bytes, "nothing").await?;
        ensure!(response.status() == expected, "{what}: {}", response.status());
        ensure!(response.text().await?.contains("<form"), "{what}: the form is gone");
    }
    person.misses(&format!("/@{}", person.username), "/uploads/").await
}

/// A PNG of a few bytes whose header claims 60,000 x 60,000 pixels.
fn bomb() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(60_000_u32.to_be_bytes());
    png.extend(60_000_u32.to_be_bytes());
    png.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    png
}
