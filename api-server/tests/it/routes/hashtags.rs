//! Hashtags, and the posts that carry them.

use serde_json::json;

use crate::support::{TestApp, texts};

#[tokio::test]
async fn a_tag_is_found_however_it_is_typed() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    ada.publish("#Café").await;
    bob.publish("#cafe\u{301} again").await;
    for name in ["caf%C3%A9", "CAFE%CC%81"] {
        let tag = ada.get(&format!("/hashtags/{name}")).await.expect(200);
        assert_eq!(tag, json!({ "name": "café", "postCount": 2 }), "{name}");
        let (posts, next) = ada.get(&format!("/hashtags/{name}/posts")).await.page();
        assert_eq!((texts(&posts, "description"), next), (vec!["#cafe\u{301} again", "#Café"], None));
    }
    for path in ["/hashtags/unused", "/hashtags/unused/posts"] {
        ada.get(path).await.refused(404, "Hashtag not found.");
        app.get(path).await.refused(401, "Log in first.");
    }
    app.stop().await;
}

#[tokio::test]
async fn its_posts_come_in_pages_and_look_as_elsewhere() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut posts = Vec::new();
    for number in 0..5 {
        posts.push(ada.publish(&format!("{number} #sea #other{number}")).await);
    }
    ada.publish("without").await;
    let (first, _) = ada.get("/hashtags/sea/posts?limit=1").await.page();
    assert_eq!(first[0], ada.get(&format!("/posts/{}", posts[4])).await.expect(200));
    let pages = ada.pages("/hashtags/sea/posts", 2).await;
    let seen: Vec<_> = pages.iter().flat_map(|page| texts(page, "publicId")).map(str::to_owned).collect();
    posts.reverse();
    assert_eq!((pages.len(), seen), (3, posts.iter().map(ToString::to_string).collect()));
    for post in &posts {
        ada.delete(&format!("/posts/{post}")).await.expect(204);
    }
    assert_eq!(ada.get("/hashtags/sea").await.expect(200)["postCount"], json!(0));
    assert_eq!(ada.get("/hashtags/sea/posts").await.page(), (vec![], None));
    app.stop().await;
}
