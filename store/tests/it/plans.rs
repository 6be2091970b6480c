//! A page of a list costs as much as the page, however long the list is and however far down the page.

use phasma_domain::page::Cursor;
use phasma_store::{comments, feed, notifications, posts, testing::TestDatabase, users};
use sqlx::PgPool;
use uuid::Uuid;

use crate::explained::{Explained, nodes};

/// Length of every list, and the viewer's number of likes and follows.
const ROWS: i64 = 20_000;
const PAGE: i64 = 21;
/// What a statement may look at in one node: the page, and a little around it.
const MOST: f64 = 4.0 * PAGE as f64;

/// Two accounts do everything with each other: `viewer` likes, follows and reads; `author` posts.
const FILL: &str = "
    create temporary table n as select n, uuidv7() as id, now() - n * interval '1 minute' as at
        from generate_series(1, 20000) as n;
    insert into users (public_id, username, name, email, password_hash)
        select id, 'user' || n, 'Name', 'user' || n || '@example.org', '' from n;
    insert into user_counters (user_id) select id from users;
    insert into follows (follower_id, followed_id, created)
        select 1, u.id, n.at from users u join n on u.username = 'user' || n.n where u.id <> 1
        union all
        select u.id, 1, n.at from users u join n on u.username = 'user' || n.n where u.id <> 1;
    insert into posts (public_id, user_id, created) select id, 1 + n % 2, at from n;
    insert into post_media (post_id, position, filename, width, height, thumbhash)
        select id, 0, public_id::text, 1, 1, '' from posts;
    insert into post_counters (post_id) select id from posts;
    insert into likes (user_id, post_id, created) select 1, id, created from posts;
    insert into bookmarks (user_id, post_id, created) select 1, id, created from posts;
    insert into feed (user_id, created, post_id) select 1, created, public_id from posts where user_id = 2;
    insert into comments (public_id, post_id, user_id, body, created) select id, 1, 2, 'nice', at from n;
    insert into notifications (public_id, user_id, actor_id, kind, entity_id, created)
        select id, 1, 2, 'follow', id, at from n;
";

#[tokio::test]
async fn pages_are_read_by_index_and_nothing_is_sorted_but_the_page() {
    let database = TestDatabase::create().await;
    sqlx::raw_sql(FILL).execute(&database.pool).await.unwrap();
    sqlx::raw_sql("vacuum analyze").execute(&database.pool).await.unwrap();
    assert_eq!(
        sqlx::query_scalar::<_, i64>("select count(*) from likes").fetch_one(&database.pool).await.unwrap(),
        ROWS
    );
    let explained = Explained::new(&database);
    let halfway = sqlx::query_as::<_, (time::OffsetDateTime, Uuid)>(
        "select created, public_id from posts order by created desc offset 10000 limit 1",
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    let deep = Cursor { created: halfway.0, id: halfway.1 };
    for cursor in [Cursor::START, deep] {
        read_all(&explained.pool, cursor).await;
    }
    check(&explained.plans());
    explained.pool.close().await;
    database.drop().await;
}

/// One page of every list.
async fn read_all(pool: &PgPool, cursor: Cursor) {
    let post = sqlx::query_scalar::<_, Uuid>("select public_id from posts where id = 1")
        .fetch_one(pool)
        .await
        .unwrap();
    let viewer = Some(1);
    let lengths = [
        feed::list(pool, 1, cursor, PAGE).await.unwrap().len(),
        posts::list_of_user(pool, viewer, "user2", cursor, PAGE).await.unwrap().len(),
        posts::list_liked_by_user(pool, viewer, "user1", cursor, PAGE).await.unwrap().len(),
        posts::list_bookmarked(pool, 1, cursor, PAGE).await.unwrap().len(),
        users::list_followers(pool, viewer, "user1", cursor, PAGE).await.unwrap().len(),
        users::list_following(pool, viewer, "user1", cursor, PAGE).await.unwrap().len(),
        comments::list(pool, post, cursor, PAGE).await.unwrap().len(),
        notifications::list(pool, 1, cursor, PAGE).await.unwrap().len(),
    ];
    assert_eq!(lengths, [PAGE as usize; 8]);
}

fn check(plans: &[String]) {
    assert!(plans.len() >= 18, "{} plans were logged", plans.len());
    for plan in plans {
        for node in nodes(plan) {
            assert!(node.rows <= MOST, "{node:?} in\n{plan}");
            assert!(!node.text.contains("Seq Scan"), "{node:?} in\n{plan}");
        }
    }
}
