//! Signing up, and what everybody may see of a person.

use serde_json::{Value, json};

use crate::support::{TestApp, fields, texts};

fn form(app: &TestApp) -> Value {
    json!({
        "name": " Ada Lovelace ",
        "username": " Ada.L ",
        "email": app.email("Ada"),
        "password": "correct horse",
    })
}

#[tokio::test]
async fn signing_up_makes_an_account_and_tells_it() {
    let app = TestApp::start().await;
    let reply = app.post("/users", &form(&app)).await;
    assert_eq!(reply.expect(201), json!({ "username": "ada.l" }));
    assert!(!reply.headers.contains_key("set-cookie"));
    let user = app.get("/users/ada.l").await.expect(200);
    let events = app.events().await;
    let (kind, payload) = &events[0];
    assert_eq!((events.len(), kind.as_str()), (1, "user.changed.v1"));
    assert_eq!(fields(payload), ["avatar", "bio", "created", "name", "userId", "username"]);
    assert_eq!((&payload["userId"], &payload["name"]), (&user["id"], &json!("Ada Lovelace")));
    assert_eq!(
        app.number("select count(*) from users where password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%'")
            .await,
        1
    );
    app.stop().await;
}

#[tokio::test]
async fn signing_up_refuses_what_is_invalid() {
    let app = TestApp::start().await;
    let username = "Username must be 3 to 30 letters a-z, digits, dots or underscores.";
    let email = "E-mail must look like name@example.org.";
    let password = "Password must be 8 to 128 characters.";
    let cases = [
        ("name", "  ".to_owned(), "Name is required."),
        ("name", "x".repeat(101), "Name must be at most 100 characters."),
        ("username", "ab".to_owned(), username),
        ("username", "x".repeat(31), username),
        ("username", "a-b-c".to_owned(), username),
        ("username", "search".to_owned(), "That username is reserved. Choose another."),
        ("email", "ada.example.org".to_owned(), email),
        ("email", "a@b@c".to_owned(), email),
        ("password", "seven77".to_owned(), password),
        ("password", "x".repeat(129), password),
    ];
    for (field, value, message) in cases {
        let mut form = form(&app);
        form[field] = json!(value);
        app.post("/users", &form).await.refused(400, message);
    }
    assert_eq!(app.number("select count(*) from users").await, 0);
    assert!(app.events().await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn names_and_addresses_belong_to_one_account_however_they_are_spelled() {
    let app = TestApp::start().await;
    app.post("/users", &form(&app)).await.expect(201);
    let mut same_name = form(&app);
    same_name["email"] = json!(app.email("other"));
    same_name["username"] = json!("ADA.L");
    app.post("/users", &same_name).await.refused(409, "That username is taken.");
    let mut same_email = form(&app);
    same_email["username"] = json!("other");
    same_email["email"] = json!(app.email("ADA").to_uppercase());
    app.post("/users", &same_email).await.refused(409, "That e-mail address already has an account.");
    assert_eq!(app.events().await.len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn closed_sign_ups_are_refused() {
    let app = TestApp::with(&[("signups", "Closed")]).await;
    app.post("/users", &form(&app)).await.refused(403, "New accounts are not being made here at the moment.");
    app.stop().await;
}

#[tokio::test]
async fn a_person_looks_the_same_to_everybody_but_themselves() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    bob.follow(&ada).await;
    let shown = [
        "avatar",
        "bio",
        "bioSegments",
        "created",
        "followers",
        "following",
        "id",
        "isFollowing",
        "isMuted",
        "likes",
        "name",
        "posts",
        "username",
    ];
    let to_strangers = app.get("/users/ada").await.expect(200);
    assert_eq!(fields(&to_strangers), shown);
    assert_eq!(to_strangers["id"], json!(ada.id));
    assert_eq!((&to_strangers["isFollowing"], &to_strangers["followers"]), (&json!(false), &json!(1)));
    let to_bob = bob.get("/users/ada").await.expect(200);
    assert_eq!(fields(&to_bob), shown);
    assert_eq!(to_bob["isFollowing"], json!(true));
    let to_ada = ada.get("/users/ada").await.expect(200);
    assert_eq!(to_ada["email"], json!(app.email("ada")));
    app.get("/users/nobody").await.refused(404, "User not found.");
    app.stop().await;
}

#[tokio::test]
async fn a_broken_session_is_a_stranger_on_public_pages() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    ada.token = "x".repeat(28);
    assert!(ada.get("/users/ada").await.expect(200).get("email").is_none());
    ada.get("/users/me").await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn posts_of_a_person_are_public_and_newest_first() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    ada.publish("first").await;
    let second = ada.publish("second").await;
    bob.publish("another's").await;
    bob.like(second).await;
    let (posts, next) = app.get("/users/ada/posts").await.page();
    assert_eq!((texts(&posts, "description"), next), (vec!["second", "first"], None));
    assert_eq!((&posts[0]["likes"], &posts[0]["liked"]), (&json!(1), &json!(false)));
    let (posts, _) = bob.get("/users/ada/posts").await.page();
    assert_eq!((&posts[0]["liked"], &posts[1]["liked"]), (&json!(true), &json!(false)));
    assert_eq!(app.get("/users/ada").await.expect(200)["posts"], json!(2));
    app.get("/users/nobody/posts").await.refused(404, "User not found.");
    app.stop().await;
}

#[tokio::test]
async fn likes_of_a_person_are_in_the_order_they_were_given() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let posts = [ada.publish("one").await, ada.publish("two").await, ada.publish("three").await];
    for index in [1, 2, 0] {
        bob.like(posts[index]).await;
    }
    let pages = ada.pages("/users/bob/likes", 2).await;
    assert_eq!(
        (texts(&pages[0], "description"), texts(&pages[1], "description")),
        (vec!["one", "three"], vec!["two"])
    );
    assert_eq!(ada.get("/users/ada/likes").await.page(), (vec![], None));
    assert_eq!(app.get("/users/bob").await.expect(200)["likes"], json!(3));
    app.get("/users/bob/likes").await.refused(401, "Log in first.");
    ada.get("/users/nobody/likes").await.refused(404, "User not found.");
    app.stop().await;
}

#[tokio::test]
async fn suggestions_are_people_of_some_note_whom_one_does_not_follow() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let (popular, followed) = (app.person("popular").await, app.person("followed").await);
    let (busy, _quiet) = (app.person("busy").await, app.person("quiet").await);
    busy.publish("a post").await;
    busy.follow(&popular).await;
    ada.follow(&followed).await;
    ada.publish("a post").await;
    let body = ada.get("/users/suggested").await.expect(200);
    assert_eq!(fields(&body), ["items"]);
    assert_eq!(texts(body["items"].as_array().unwrap(), "username"), ["popular", "busy"]);
    app.get("/users/suggested").await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn there_are_at_most_five_suggestions() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for number in 0..6 {
        app.person(&format!("busy{number}")).await.publish("a post").await;
    }
    assert_eq!(ada.get("/users/suggested").await.expect(200)["items"].as_array().unwrap().len(), 5);
    app.stop().await;
}
