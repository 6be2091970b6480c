//! Accounts with many followers, whose posts are read at query time.

use std::time::Duration;

use phasma_store::feed_writes::{self, FanOutPlace};
use uuid::Uuid;

use crate::support::{Person, TestApp, texts};

const CELEBRITIES: &str = "select count(*) from users where is_celebrity";
const MARKED: &str = "select count(*) from follows where of_celebrity";

/// Writes posts into feeds as the consumer does; how many rows were new.
async fn fan_out(app: &TestApp, posts: &[Uuid]) -> i64 {
    feed_writes::fan_out(app.pool(), posts, FanOutPlace::START, 1000).await.unwrap().written
}

async fn feed(person: &Person<'_>) -> Vec<String> {
    let pages = person.pages("/feed", 2).await;
    pages.iter().flat_map(|page| texts(page, "description")).map(str::to_owned).collect()
}

async fn people<'a, const N: usize>(app: &'a TestApp, names: [&str; N]) -> [Person<'a>; N] {
    let people = futures::future::join_all(names.map(|name| app.person(name))).await;
    people.try_into().unwrap_or_else(|_| unreachable!())
}

#[tokio::test]
async fn past_the_threshold_posts_are_read_and_not_fanned_out_and_none_shows_twice() {
    let app = TestApp::with_celebrities(3).await;
    let [star, ada, bob, eve, zoe] = people(&app, ["star", "ada", "bob", "eve", "zoe"]).await;
    for fan in [&ada, &bob, &eve] {
        fan.follow(&star).await;
    }
    ada.follow(&bob).await;
    assert_eq!((app.number(CELEBRITIES).await, app.number(MARKED).await), (0, 0));
    let before = [star.publish("star 1").await, star.publish("star 2").await, bob.publish("bob 1").await];
    assert_eq!(fan_out(&app, &before).await, 7);
    assert_eq!(feed(&ada).await, ["bob 1", "star 2", "star 1"]);

    zoe.follow(&star).await;
    assert_eq!((app.number(CELEBRITIES).await, app.number(MARKED).await), (1, 4));
    assert_eq!(feed(&ada).await, ["bob 1", "star 2", "star 1"]);
    assert_eq!(feed_writes::backfill(app.pool(), &[zoe.id], &[star.id]).await.unwrap(), 0);
    assert_eq!(feed(&zoe).await, ["star 2", "star 1"]);

    let after = [star.publish("star 3").await, bob.publish("bob 2").await];
    assert_eq!(feed(&ada).await, ["star 3", "bob 1", "star 2", "star 1"]);
    assert_eq!(fan_out(&app, &after).await, 1);
    assert_eq!(feed(&ada).await, ["bob 2", "star 3", "bob 1", "star 2", "star 1"]);
    assert_eq!(feed(&star).await, ["star 3", "star 2", "star 1"]);
    star.delete(&format!("/posts/{}", before[0])).await.expect(204);
    assert_eq!(feed(&zoe).await, ["star 3", "star 2"]);
    app.stop().await;
}

#[tokio::test]
async fn a_celebrity_stays_one_and_shows_only_to_who_follows() {
    let app = TestApp::with_celebrities(1).await;
    let [star, ada, bob] = people(&app, ["star", "ada", "bob"]).await;
    ada.follow(&star).await;
    bob.follow(&star).await;
    star.publish("star 1").await;
    assert_eq!(feed(&ada).await, ["star 1"]);
    for fan in [&ada, &bob] {
        fan.delete("/users/star/follow").await.expect(204);
        assert_eq!(feed(fan).await, [""; 0]);
    }
    assert_eq!((app.number(CELEBRITIES).await, app.number(MARKED).await), (1, 0));
    ada.follow(&star).await;
    assert_eq!((feed(&ada).await, app.number(MARKED).await), (vec!["star 1".to_owned()], 1));
    app.stop().await;
}

#[tokio::test]
async fn followers_who_come_and_go_side_by_side_with_the_latch_are_all_marked() {
    let app = TestApp::with_celebrities(3).await;
    let star = app.person("star").await;
    let names: Vec<String> = (0..12).map(|number| format!("fan{number}")).collect();
    let fans = futures::future::join_all(names.iter().map(|name| app.person(name))).await;
    let waver = async |fan: &Person<'_>| {
        fan.follow(&star).await;
        fan.delete("/users/star/follow").await.expect(204);
        fan.follow(&star).await;
    };
    let all = futures::future::join_all(fans.iter().map(waver));
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("follows wait for each other for ever");
    let rows = app.number("select count(*) from follows").await;
    let counted =
        app.number("select followers from user_counters join users on id = user_id where username = 'star'");
    assert_eq!(
        (app.number(CELEBRITIES).await, app.number(MARKED).await, rows, counted.await),
        (1, 12, 12, 12)
    );
    app.stop().await;
}
