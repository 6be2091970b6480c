//! Pictures, taken in and given out.

use image::ImageFormat;
use phasma_domain::media::{Filename, MAX_BYTES};
use phasma_store::uploads;
use reqwest::{Method, multipart::Form};
use serde_json::json;
use time::OffsetDateTime;

use crate::support::{
    Reply, TestApp,
    picture::{SECRET, bomb, decoded, encoded, turned_jpeg},
};

async fn get_with(app: &TestApp, path: &str, header: &str, value: &str) -> Reply {
    Reply::to(app.request(Method::GET, path).header(header, value)).await
}

#[tokio::test]
async fn every_format_is_taken_by_its_content_and_stored_anew() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let filename = ada.upload(encoded(60, 40, format)).await;
        assert!(Filename::parse(&filename).is_ok(), "{filename}");
        let picture = app.get(&format!("/uploads/{filename}")).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, "image/webp"), "{format:?}");
        let decoded = decoded(&picture.bytes);
        assert_eq!((decoded.width(), decoded.height()), (60, 40), "{format:?}");
    }
    let measured = "select count(*) from uploads where (width, height) = (60, 40) and length(thumbhash) > 4";
    assert_eq!(app.number(measured).await, 4);
    assert!(app.events().await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn metadata_stays_behind_and_the_orientation_is_applied() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    let original = turned_jpeg(60, 40);
    assert!(original.windows(SECRET.len()).any(|window| window == SECRET));
    let filename = ada.upload(original).await;
    let stored = app.get(&format!("/uploads/{filename}")).await.bytes;
    assert!(!stored.windows(SECRET.len()).any(|window| window == SECRET));
    let picture = decoded(&stored);
    assert_eq!((picture.width(), picture.height()), (40, 60));
    app.stop().await;
}

#[tokio::test]
async fn an_upload_becomes_a_post_with_its_measures() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    let filename = ada.upload(encoded(60, 40, ImageFormat::Png)).await;
    let form = json!({ "filename": filename, "description": "a real one" });
    let id = ada.post("/posts", &form).await.expect(201)["publicId"].as_str().unwrap().to_owned();
    let post = app.get(&format!("/posts/{id}")).await.expect(200);
    assert_eq!(
        (&post["filename"], &post["width"], &post["height"]),
        (&json!(filename), &json!(60), &json!(40))
    );
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_picture_costs_one_answer() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    let png = encoded(60, 40, ImageFormat::Png);
    let cases = [
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "The file is not a JPEG, PNG, GIF or WebP picture.",
        ),
        (Vec::new(), "The file is not a JPEG, PNG, GIF or WebP picture."),
        (png[..png.len() / 2].to_vec(), "The picture is damaged and can't be read."),
        (bomb(), "The picture has more than 50 megapixels."),
    ];
    for (file, message) in cases {
        ada.send_picture(file).await.refused(422, message);
    }
    assert_eq!(app.number("select count(*) from uploads").await, 0);
    ada.upload(png).await;
    app.stop().await;
}

#[tokio::test]
async fn a_form_has_a_picture_of_at_most_twenty_megabytes() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let mut large = encoded(8, 8, ImageFormat::Jpeg);
    large.resize(MAX_BYTES + 1, 0);
    ada.send_picture(large).await.refused(413, "The file is larger than 20 MB.");
    let other = Form::new().text("picture", "none");
    Reply::to(ada.request(Method::POST, "/uploads").multipart(other))
        .await
        .refused(400, "The form lacks the field `image`.");
    ada.post("/uploads", &json!({})).await.refused(415, "Send multipart/form-data with the field `image`.");
    ada.token = String::new();
    ada.send_picture(encoded(8, 8, ImageFormat::Jpeg)).await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn twenty_uploads_may_wait_for_their_post() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    for _ in 0..19 {
        ada.pending().await;
    }
    let picture = encoded(8, 8, ImageFormat::Png);
    ada.upload(picture.clone()).await;
    let reply = ada.send_picture(picture.clone()).await;
    reply.refused(429, "Too many pictures wait for their post. Publish some, or wait an hour.");
    assert_eq!(reply.header("retry-after"), "3600");
    bob.upload(picture.clone()).await;
    app.sql("update uploads set created = now() - interval '61 minutes'").await;
    ada.upload(picture).await;
    app.stop().await;
}

#[tokio::test]
async fn an_unused_upload_expires_and_its_picture_is_released() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let old = ada.pending().await;
    app.sql("update uploads set created = now() - interval '61 minutes'").await;
    ada.pending().await;
    for expired in [1, 0] {
        let mut transaction = app.pool().begin().await.unwrap();
        assert_eq!(uploads::expire(&mut transaction, OffsetDateTime::now_utc()).await.unwrap(), expired);
        transaction.commit().await.unwrap();
    }
    assert_eq!(app.events().await, [("media.released.v1".to_owned(), json!({ "keys": [old] }))]);
    assert_eq!(app.number("select count(*) from uploads").await, 1);
    app.stop().await;
}

#[tokio::test]
async fn a_picture_never_changes_and_is_sent_as_asked_for() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    let path = format!("/uploads/{}", ada.upload(encoded(60, 40, ImageFormat::Png)).await);
    let whole = app.get(&path).await;
    let tag = whole.header("etag").to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    assert_eq!(whole.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(whole.header("content-length"), whole.bytes.len().to_string());
    for known in [tag.as_str(), "*", &format!("\"other\", W/{tag}")] {
        let reply = get_with(&app, &path, "if-none-match", known).await;
        assert_eq!(
            (reply.status, reply.bytes.len(), reply.header("etag")),
            (304, 0, tag.as_str()),
            "{known}"
        );
    }
    assert_eq!(get_with(&app, &path, "if-none-match", "\"other\"").await.status, 200);
    let other = Reply::to(
        app.request(Method::GET, &path).header("range", "bytes=4-11").header("if-range", "\"other\""),
    );
    assert_eq!(other.await.status, 200);
    let part = get_with(&app, &path, "range", "bytes=4-11").await;
    assert_eq!((part.status, part.bytes.as_slice()), (206, &whole.bytes[4..12]));
    assert_eq!(part.header("content-range"), format!("bytes 4-11/{}", whole.bytes.len()));
    get_with(&app, &path, "range", "bytes=99999999-")
        .await
        .refused(416, "The range lies outside the picture.");
    app.stop().await;
}

#[tokio::test]
async fn renditions_are_never_larger_than_the_picture() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let ada = app.person("ada").await;
    let path = format!("/uploads/{}", ada.upload(encoded(1000, 500, ImageFormat::Jpeg)).await);
    for (rendition, kind, width) in [
        ("320.webp", "image/webp", 320),
        ("640.webp", "image/webp", 640),
        ("960.webp", "image/webp", 960),
        ("1280.webp", "image/webp", 1000),
        ("1920.webp", "image/webp", 1000),
        ("1280.jpg", "image/jpeg", 1000),
    ] {
        let reply = app.get(&format!("{path}/{rendition}")).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, kind), "{rendition}");
        let picture = decoded(&reply.bytes);
        assert_eq!((picture.width(), picture.height()), (width, width / 2), "{rendition}");
    }
    for unknown in ["321.webp", "320.jpg", "full"] {
        app.get(&format!("{path}/{unknown}")).await.refused(404, "Picture not found.");
    }
    app.stop().await;
}

#[tokio::test]
async fn pictures_that_are_not_there_are_not_found() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    for name in [format!("{}.webp", "0".repeat(32)), "notes.txt".to_owned(), "..%2Fsecret".to_owned()] {
        app.get(&format!("/uploads/{name}")).await.refused(404, "Picture not found.");
    }
    app.stop().await;
}

#[tokio::test]
async fn without_the_object_store_uploads_ask_to_come_back() {
    let app = TestApp::with(&[("s3-endpoint", "http://127.0.0.1:9")]).await;
    let ada = app.person("ada").await;
    let reply = ada.send_picture(encoded(8, 8, ImageFormat::Png)).await;
    reply.refused(503, "The service is busy. Try again in a moment.");
    assert_eq!(reply.header("retry-after"), "2");
    // Nothing stays behind: the row is gone, and whatever may have been stored is announced for deletion.
    assert_eq!(app.number("select count(*) from uploads").await, 0);
    assert_eq!(app.event_kinds().await, ["media.released.v1"]);
    app.stop().await;
}
