//! Blocking and muting.

use phasma_store::{
    feed_writes::{self, FanOutPlace},
    notification_writes,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Person, TestApp, texts};

async fn block(person: &Person<'_>, other: &Person<'_>) {
    person.act(&format!("/users/{}/block", other.username)).await.expect(204);
}

async fn mute(person: &Person<'_>, other: &Person<'_>) {
    person.act(&format!("/users/{}/mute", other.username)).await.expect(204);
}

fn items(body: &Value) -> Vec<Value> {
    body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_block_ends_follows_both_ways_and_tells_of_it() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    ada.follow(&bob).await;
    bob.follow(&ada).await;
    app.forget_events().await;
    block(&ada, &bob).await;
    block(&ada, &bob).await;
    let mut told: Vec<_> =
        app.events().await.into_iter().map(|(kind, told)| (kind, told["followerId"].clone())).collect();
    told.sort_by_key(|(_, follower)| *follower != json!(ada.id));
    let ended = "user.unfollowed.v1".to_owned();
    assert_eq!(told, [(ended.clone(), json!(ada.id)), (ended, json!(bob.id))]);
    assert_eq!(app.number("select sum(followers + following)::bigint from user_counters").await, 0);
    assert_eq!(app.number("select count(*) from follows").await, 0);
    ada.delete("/users/bob/block").await.expect(204);
    ada.delete("/users/bob/block").await.expect(204);
    assert_eq!(ada.get("/users/bob").await.expect(200)["isFollowing"], json!(false));
    app.stop().await;
}

#[tokio::test]
async fn neither_finds_the_other_anywhere() {
    let app = TestApp::with(&[("search-url", "")]).await;
    let (ada, bob, eve) = (app.person("ada").await, app.person("bob").await, app.person("eve").await);
    let adas = ada.publish("sea #sea").await;
    let bobs = bob.publish("sea #sea").await;
    let eves = eve.publish("sea #sea").await;
    for person in [&ada, &bob] {
        person.follow(&eve).await;
        eve.follow(person).await;
        person.comment(eves, "nice").await;
    }
    for post in [adas, bobs] {
        eve.like(post).await;
    }
    block(&ada, &bob).await;
    for (one, other, post) in [(&ada, &bob, bobs), (&bob, &ada, adas)] {
        let name = &other.username;
        for path in ["", "/posts", "/followers", "/following", "/likes"] {
            one.get(&format!("/users/{name}{path}")).await.refused(404, "User not found.");
        }
        one.act(&format!("/users/{name}/follow")).await.refused(404, "User not found.");
        one.act(&format!("/users/{name}/mute")).await.refused(404, "User not found.");
        let refused = "Post not found.";
        one.get(&format!("/posts/{post}")).await.refused(404, refused);
        one.get(&format!("/posts/{post}/comments")).await.refused(404, refused);
        one.act(&format!("/posts/{post}/likes")).await.refused(404, refused);
        one.post(&format!("/posts/{post}/comments"), &json!({ "body": "x" })).await.refused(404, refused);
        let people = one.get(&format!("/users/search?q={name}")).await.expect(200);
        assert_eq!(items(&people), Vec::<Value>::new());
        assert_eq!(one.get(&format!("/search?q={name}&type=users")).await.page().0, Vec::<Value>::new());
        one.post("/search/recent", &json!({ "type": "users", "reference": name }))
            .await
            .refused(404, "User not found.");
        for list in ["/search?q=sea&type=posts", "/search?q=%23sea&type=posts", "/hashtags/sea/posts"] {
            let (posts, _) = one.get(list).await.page();
            assert!(!texts(&posts, "username").contains(&name.as_str()), "{list}");
            assert_eq!(posts.len(), 2, "{list}");
        }
        for list in ["/users/eve/followers", "/users/eve/following", &format!("/posts/{eves}/comments")] {
            let (found, _) = one.get(list).await.page();
            assert_eq!(texts(&found, "username"), [one.username.as_str()], "{list}");
        }
        assert_eq!(texts(&one.get("/users/eve/likes").await.page().0, "username"), [one.username.as_str()]);
        let popular = one.get("/posts/popular").await.expect(200);
        assert_eq!(items(&popular).len(), 2);
        let suggested = one.get("/users/suggested").await.expect(200);
        assert_eq!(items(&suggested), Vec::<Value>::new());
    }
    // Everybody else sees both.
    app.get("/users/bob").await.expect(200);
    assert_eq!(eve.get("/users/eve/followers").await.page().0.len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn the_blocked_are_listed_to_the_blocker_alone() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (app.person("ada").await, app.person("bob").await, app.person("eve").await);
    block(&ada, &bob).await;
    block(&ada, &eve).await;
    let pages = ada.pages("/users/me/blocks", 1).await;
    let seen: Vec<_> = pages.iter().flat_map(|page| texts(page, "username")).collect();
    assert_eq!(seen, ["eve", "bob"]);
    assert_eq!(bob.get("/users/me/blocks").await.page(), (vec![], None));
    ada.act("/users/ada/block").await.refused(400, "You can't block yourself.");
    ada.act("/users/nobody/block").await.refused(404, "User not found.");
    ada.act("/users/ada/mute").await.refused(400, "You can't mute yourself.");
    ada.delete("/users/nobody/mute").await.refused(404, "User not found.");
    app.get("/users/me/blocks").await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn a_follow_that_knows_nothing_of_a_block_does_not_begin() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    block(&ada, &bob).await;
    // What the release before would do.
    app.sql("insert into follows (follower_id, followed_id) values (2, 1)").await;
    assert_eq!(app.number("select count(*) from follows").await, 0);
    ada.delete(&format!("/users/{}/block", bob.username)).await.expect(204);
    bob.follow(&ada).await;
    assert_eq!(app.number("select count(*) from follows").await, 1);
    app.stop().await;
}

#[tokio::test]
async fn a_block_waits_for_the_follow_that_is_under_way() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let mut following = app.pool().begin().await.unwrap();
    phasma_store::follows::insert(&mut following, bob.key, "ada").await.unwrap().unwrap();
    let (blocked, ()) = tokio::join!(ada.act("/users/bob/block"), async {
        let waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'
                       and datname = current_database()";
        while app.number(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
        phasma_store::users::add_follow_to_counters(&mut following, bob.key, ada.key, 1).await.unwrap();
        following.commit().await.unwrap();
    });
    blocked.expect(204);
    assert_eq!(app.number("select count(*) from follows").await, 0);
    assert_eq!(app.number("select sum(followers + following)::bigint from user_counters").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn the_muted_do_not_come_unasked() {
    let app = TestApp::with(&[("search-url", "")]).await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    ada.follow(&bob).await;
    let adas = ada.publish("mine").await;
    let bobs = bob.publish("sea #sea").await;
    let comment = bob.comment(adas, "nice").await;
    bob.like(adas).await;
    feed_writes::fan_out(app.pool(), &[bobs], FanOutPlace::START, 100).await.unwrap();
    notification_writes::insert_likes(app.pool(), &[adas], &[bob.id]).await.unwrap();
    mute(&ada, &bob).await;
    mute(&ada, &bob).await;
    assert_eq!(notification_writes::insert_comments(app.pool(), &[comment]).await.unwrap(), 0);
    assert_eq!(texts(&ada.get("/feed").await.page().0, "description"), ["mine"]);
    assert_eq!(items(&ada.get("/posts/popular").await.expect(200)).len(), 1);
    for list in ["/notifications", "/search?q=sea&type=posts", "/hashtags/sea/posts"] {
        assert_eq!(ada.get(list).await.page().0, Vec::<Value>::new(), "{list}");
    }
    assert_eq!(ada.get("/notifications/unread-count").await.expect(200), json!({ "count": 0 }));
    // What one asks for is there.
    let profile = ada.get("/users/bob").await.expect(200);
    assert_eq!((&profile["isMuted"], &profile["isFollowing"]), (&json!(true), &json!(true)));
    assert_eq!(ada.get("/users/bob/posts").await.page().0.len(), 1);
    assert_eq!(ada.get(&format!("/posts/{adas}/comments")).await.page().0.len(), 1);
    assert_eq!(bob.get("/users/ada").await.expect(200)["isMuted"], json!(false));
    ada.delete("/users/bob/mute").await.expect(204);
    ada.delete("/users/bob/mute").await.expect(204);
    assert_eq!(texts(&ada.get("/feed").await.page().0, "description"), ["sea #sea", "mine"]);
    assert_eq!(ada.get("/notifications").await.page().0.len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn the_blocked_are_not_told_of_either() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let post = ada.publish("a post").await;
    bob.follow(&ada).await;
    bob.like(post).await;
    notification_writes::insert_follows(app.pool(), &[bob.id], &[ada.id]).await.unwrap();
    assert_eq!(ada.get("/notifications").await.page().0.len(), 1);
    block(&bob, &ada).await;
    assert_eq!(notification_writes::insert_likes(app.pool(), &[post], &[bob.id]).await.unwrap(), 0);
    assert_eq!(ada.get("/notifications").await.page().0, Vec::<Value>::new());
    assert_eq!(ada.get("/notifications/unread-count").await.expect(200), json!({ "count": 0 }));
    app.stop().await;
}

#[tokio::test]
async fn suspended_accounts_are_not_offered() {
    let app = TestApp::with(&[("search-url", "")]).await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let _: Uuid = bob.publish("a post").await;
    let suggested = || async { items(&ada.get("/users/suggested").await.expect(200)).len() };
    let typeahead = || async { items(&ada.get("/users/search?q=bob").await.expect(200)).len() };
    let search = || async { ada.get("/search?q=bob&type=users").await.page().0.len() };
    assert_eq!((suggested().await, typeahead().await, search().await), (1, 1, 1));
    app.sql("update users set suspended = now() where username = 'bob'").await;
    assert_eq!((suggested().await, typeahead().await, search().await), (0, 0, 0));
    ada.get("/users/bob").await.expect(200);
    app.stop().await;
}
