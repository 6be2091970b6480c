//! The viewer's own account.

use phasma_store::{
    feed_writes::{self, FanOutPlace},
    notification_writes,
};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{PASSWORD, Person, Reply, TestApp, fields};

fn profile(app: &TestApp, avatar: Option<&str>) -> Value {
    json!({
        "name": "Ada Lovelace",
        "username": "ada",
        "email": app.email("ada"),
        "bio": "Hello @bob and #sea",
        "avatar": avatar,
    })
}

async fn audited(app: &TestApp) -> Vec<(String, Value)> {
    sqlx::query_as("select action, detail from audit_log order by id").fetch_all(app.pool()).await.unwrap()
}

#[tokio::test]
async fn one_sees_ones_own_address() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let me = ada.get("/users/me").await.expect(200);
    let shown = [
        "avatar",
        "bio",
        "bioSegments",
        "created",
        "email",
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
    assert_eq!(fields(&me), shown);
    assert_eq!((&me["username"], &me["email"]), (&json!("ada"), &json!(app.email("ada"))));
    app.get("/users/me").await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn a_changed_profile_is_told_once_and_written_down() {
    let app = TestApp::start().await;
    let (ada, _bob) = (app.person("ada").await, app.person("bob").await);
    let me = ada.put("/users/me", &profile(&app, None)).await.expect(200);
    assert_eq!((&me["name"], &me["bio"]), (&json!("Ada Lovelace"), &json!("Hello @bob and #sea")));
    let segments = json!([
        { "type": "text", "text": "Hello " },
        { "type": "mention", "text": "@bob", "target": "bob" },
        { "type": "text", "text": " and " },
        { "type": "hashtag", "text": "#sea", "target": "sea" },
    ]);
    assert_eq!(me["bioSegments"], segments);
    assert_eq!(ada.put("/users/me", &profile(&app, None)).await.expect(200), me);
    let events = app.events().await;
    assert_eq!((events.len(), events[0].0.as_str()), (1, "user.changed.v1"));
    assert_eq!((&events[0].1["name"], &events[0].1["userId"]), (&json!("Ada Lovelace"), &json!(ada.id)));
    assert_eq!(audited(&app).await, [("profile.updated".to_owned(), json!({ "fields": ["name", "bio"] }))]);
    app.stop().await;
}

#[tokio::test]
async fn an_invalid_profile_changes_nothing() {
    let app = TestApp::start().await;
    let (ada, _bob) = (app.person("ada").await, app.person("bob").await);
    let cases = [
        ("name", " ".to_owned(), 400, "Name is required."),
        (
            "username",
            "a b".to_owned(),
            400,
            "Username must be 3 to 30 letters a-z, digits, dots or underscores.",
        ),
        ("username", "suggested".to_owned(), 400, "That username is reserved. Choose another."),
        ("username", "BOB".to_owned(), 409, "That username is taken."),
        ("email", "nowhere".to_owned(), 400, "E-mail must look like name@example.org."),
        ("bio", "é".repeat(301), 400, "Bio must be at most 300 characters."),
        ("avatar", "../passwd".to_owned(), 400, "Filename must be one that an upload returned."),
    ];
    for (field, value, status, message) in cases {
        let mut profile = profile(&app, None);
        profile[field] = json!(value);
        ada.put("/users/me", &profile).await.refused(status, message);
    }
    assert!(app.events().await.is_empty() && audited(&app).await.is_empty());
    assert_eq!(ada.get("/users/me").await.expect(200)["name"], json!("Name of ada"));
    app.stop().await;
}

async fn set_avatar(app: &TestApp, ada: &Person<'_>, avatar: Option<&str>) -> Value {
    ada.put("/users/me", &profile(app, avatar)).await.expect(200)["avatar"].clone()
}

#[tokio::test]
async fn an_avatar_is_a_picture_of_ones_own() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let (pending, of_others) = (ada.pending().await, bob.pending().await);
    let post = ada.publish("a picture").await;
    let picture =
        app.get(&format!("/posts/{post}")).await.expect(200)["filename"].as_str().unwrap().to_owned();
    app.forget_events().await;
    ada.put("/users/me", &profile(&app, Some(&of_others)))
        .await
        .refused(400, "The avatar must be a picture of yours.");
    assert_eq!(set_avatar(&app, &ada, Some(&pending)).await, json!(pending));
    assert_eq!(app.number("select count(*) from uploads").await, 1);
    // Nothing else uses the upload: it is released. The post still uses its picture.
    assert_eq!(set_avatar(&app, &ada, Some(&picture)).await, json!(picture));
    assert_eq!(set_avatar(&app, &ada, None).await, json!(null));
    let kinds = ["user.changed.v1", "user.changed.v1", "media.released.v1", "user.changed.v1"];
    let events = app.events().await;
    assert_eq!(events.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), kinds);
    assert_eq!(events[2].1, json!({ "keys": [pending] }));
    app.stop().await;
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada").await;
    let (elsewhere, bob) = (ada.elsewhere().await, app.person("bob").await);
    app.forget_events().await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": "battery staple" });
    ada.put("/users/me", &change).await.expect(204);
    ada.get("/users/me").await.expect(200);
    bob.get("/users/me").await.expect(200);
    elsewhere.get("/users/me").await.expect(401);
    app.log_in("ada", PASSWORD).await.expect(401);
    app.log_in("ada", "battery staple").await.expect(201);
    assert_eq!(audited(&app).await, [("password.changed".to_owned(), json!({ "sessionsEnded": 1 }))]);
    assert!(app.events().await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn a_password_changes_only_for_who_knows_it() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada").await;
    let elsewhere = ada.elsewhere().await;
    let change = |current: &str, new: &str| json!({ "currentPassword": current, "newPassword": new });
    let refusal = "Password must be 8 to 128 characters.";
    ada.put("/users/me", &change(PASSWORD, "short")).await.refused(400, refusal);
    ada.put("/users/me", &change("wrong horse", "battery staple"))
        .await
        .refused(403, "The current password is wrong.");
    elsewhere.get("/users/me").await.expect(200);
    app.log_in("ada", PASSWORD).await.expect(201);
    assert!(audited(&app).await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn changes_need_a_session() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    ada.token = String::new();
    ada.put("/users/me", &profile(&app, None)).await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn another_address_asks_for_the_password() {
    let app = TestApp::start().await;
    let (ada, _bob) = (app.sign_up("ada").await, app.person("bob").await);
    let to = |username: &str, password: Option<&str>| {
        let mut form = profile(&app, None);
        form["email"] = json!(app.email(username));
        form["currentPassword"] = json!(password);
        form
    };
    for none in [None, Some("")] {
        ada.put("/users/me", &to("countess", none))
            .await
            .refused(403, "E-mail address changes need the current password.");
    }
    ada.put("/users/me", &to("countess", Some("wrong horse")))
        .await
        .refused(403, "The current password is wrong.");
    assert_eq!(ada.get("/users/me").await.expect(200)["email"], json!(app.email("ada")));
    let taken = ada.put("/users/me", &to("bob", Some(PASSWORD))).await;
    taken.refused(409, "That e-mail address already has an account.");
    let me = ada.put("/users/me", &to("countess", Some(PASSWORD))).await.expect(200);
    assert_eq!(me["email"], json!(app.email("countess")));
    app.log_in("countess", PASSWORD).await.expect(201);
    app.stop().await;
}

async fn delete_me(person: &Person<'_>, password: &str) -> Reply {
    Reply::to(person.request(Method::DELETE, "/users/me").json(&json!({ "password": password }))).await
}

/// Of the first of three accounts, which was deleted.
async fn nothing_is_left(app: &TestApp) {
    for (left, query) in [
        (2, "select count(*) from users"),
        (0, "select count(*) from notifications"),
        (0, "select count(*) from uploads"),
        (0, "select count(*) from mutes"),
        (0, "select count(*) from feed where user_id not in (select id from users)"),
        (0, "select count(*) from audit_log where user_id is not null or subject is not null"),
        (1, "select count(*) from audit_log where action = 'account.deleted'"),
    ] {
        assert_eq!(app.number(query).await, left, "{query}");
    }
}

async fn erasure_was_told(app: &TestApp, ada: &Person<'_>, post: Uuid, avatar: &str, pending: &str) {
    let events = app.events().await;
    let kinds: Vec<_> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["post.deleted.v1", "media.released.v1", "user.deleted.v1", "media.released.v1"]);
    assert_eq!(events[0].1["postId"], json!(post));
    assert_eq!(events[2].1, json!({ "userId": ada.id }));
    let mut released: Vec<_> =
        events[3].1["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    released.sort_unstable();
    let mut expected = [avatar, pending];
    expected.sort_unstable();
    assert_eq!(released, expected);
}

#[tokio::test]
async fn a_deleted_account_takes_everything_along_and_leaves_the_counters_right() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada").await;
    let (bob, eve) = (app.person("bob").await, app.person("eve").await);
    let (adas, bobs) = (ada.publish("#sea #adas").await, bob.publish("#sea").await);
    for (one, other) in [(&ada, &bob), (&bob, &ada), (&bob, &eve), (&eve, &ada)] {
        one.follow(other).await;
    }
    for person in [&ada, &bob, &eve] {
        person.like(adas).await;
        person.like(bobs).await;
        person.comment(bobs, "one").await;
    }
    ada.comment(bobs, "two").await;
    bob.comment(adas, "on ada's").await;
    ada.act("/users/eve/mute").await.expect(204);
    ada.post("/search/recent", &json!({ "type": "users", "reference": "bob" })).await.expect(204);
    bob.post("/search/recent", &json!({ "type": "users", "reference": "ada" })).await.expect(204);
    let avatar = ada.pending().await;
    ada.put("/users/me", &profile(&app, Some(&avatar))).await.expect(200);
    let pending = ada.pending().await;
    feed_writes::fan_out(app.pool(), &[adas, bobs], FanOutPlace::START, 100).await.unwrap();
    notification_writes::insert_follows(app.pool(), &[ada.id, bob.id], &[bob.id, ada.id]).await.unwrap();
    app.forget_events().await;

    let reply = delete_me(&ada, PASSWORD).await;
    reply.expect(204);
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
    ada.get("/users/me").await.refused(401, "Log in first.");
    app.get("/users/ada").await.refused(404, "User not found.");
    app.log_in("ada", PASSWORD).await.refused(401, "Wrong e-mail address or password.");

    let post = app.get(&format!("/posts/{bobs}")).await.expect(200);
    assert_eq!((&post["likes"], &post["comments"]), (&json!(2), &json!(2)));
    let counters = |user: Value| {
        [&user["posts"], &user["likes"], &user["followers"], &user["following"]].map(|n| n.as_i64().unwrap())
    };
    assert_eq!(counters(app.get("/users/bob").await.expect(200)), [1, 1, 0, 1]);
    assert_eq!(counters(app.get("/users/eve").await.expect(200)), [0, 1, 1, 0]);
    assert_eq!(bob.get("/hashtags/sea").await.expect(200)["postCount"], json!(1));
    assert_eq!(bob.get("/hashtags/adas").await.expect(200)["postCount"], json!(0));
    assert_eq!(bob.get("/search/recent").await.expect(200), json!([]));
    nothing_is_left(&app).await;
    erasure_was_told(&app, &ada, adas, &avatar, &pending).await;
    // What a fan-out writes that was under way goes with the next trimming.
    app.sql("insert into feed (user_id, created, post_id) values (1, now(), uuidv7())").await;
    feed_writes::trim(app.pool(), 0, 100).await.unwrap();
    assert_eq!(app.number("select count(*) from feed where user_id = 1").await, 0);
    // The name and the address are free.
    app.sign_up("ada").await;
    app.stop().await;
}

#[tokio::test]
async fn a_password_that_is_easily_guessed_is_not_set() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada.lovelace").await;
    let change = async |new: &str| {
        ada.put("/users/me", &json!({ "currentPassword": PASSWORD, "newPassword": new })).await
    };
    let easy = "Password is too easy to guess. Choose one that is longer or less common.";
    change("password1").await.refused(400, easy);
    let own = "Password must not be made of your name, username or e-mail address.";
    change("ada.lovelace").await.refused(400, own);
    change("another horse").await.expect(204);
    app.stop().await;
}

#[tokio::test]
async fn an_account_is_deleted_by_its_password_alone() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada").await;
    ada.delete("/users/me").await.expect(415);
    for _ in 0..5 {
        delete_me(&ada, "wrong horse").await.refused(403, "The current password is wrong.");
    }
    delete_me(&ada, PASSWORD).await.refused(429, "Too many failed attempts. Try again later.");
    ada.get("/users/me").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_large_account_is_erased_in_steps() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada").await;
    let bob = app.person("bob").await;
    let post = bob.publish("a post").await;
    app.sql(
        "insert into users (public_id, username, name, email, password_hash)
             select uuidv7(), 'many' || n, 'Many', 'many' || n || '@example.org', '' from generate_series(1, 1200) as n;
         insert into user_counters (user_id, following, followers)
             select id, 1, 1 from users where username like 'many%';
         insert into follows (follower_id, followed_id)
             select u.id, a.id from users u, users a where u.username like 'many%' and a.username = 'ada'
             union all
             select a.id, u.id from users u, users a where u.username like 'many%' and a.username = 'ada';
         insert into comments (public_id, post_id, user_id, body)
             select uuidv7(), p.id, a.id, 'nice' from posts p, users a, generate_series(1, 1200)
             where a.username = 'ada';
         update post_counters set comments = 1200;
         update user_counters set followers = 1200, following = 1200
             where user_id = (select id from users where username = 'ada')",
    )
    .await;
    delete_me(&ada, PASSWORD).await.expect(204);
    assert_eq!(app.number("select sum(followers + following)::bigint from user_counters").await, 0);
    assert_eq!(app.get(&format!("/posts/{post}")).await.expect(200)["comments"], json!(0));
    app.stop().await;
}
