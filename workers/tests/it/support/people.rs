//! People and what they do, as rows with their events in one transaction: what the API would leave behind.

use phasma_domain::{
    event::{CommentCreated, CommentDeleted, Event, FollowChange, PostCreated, PostDeleted, PostLike},
    id::{CommentId, PostId, UserId},
};
use phasma_store::outbox;
use sqlx::{AssertSqlSafe, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) struct People<'a>(pub(crate) &'a PgPool);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Person {
    /// Internal key.
    pub(crate) key: i64,
    pub(crate) id: UserId,
}

impl People<'_> {
    pub(crate) async fn sign_up(&self, username: &str) -> Person {
        let id = UserId::generate();
        let key = sqlx::query_scalar(
            "insert into users (public_id, username, name, email, password_hash)
             values ($1, $2, $2, $2 || '@example.org', '-') returning id",
        )
        .bind(id.0)
        .bind(username)
        .fetch_one(self.0)
        .await
        .unwrap();
        Person { key, id }
    }

    pub(crate) async fn follow(&self, follower: Person, followed: Person) {
        let event = Event::UserFollowed(FollowChange { follower_id: follower.id, followed_id: followed.id });
        let sql = "insert into follows (follower_id, followed_id) values ($1, $2)";
        self.change(sql, &[follower.key, followed.key], event).await;
    }

    pub(crate) async fn unfollow(&self, follower: Person, followed: Person) {
        let event =
            Event::UserUnfollowed(FollowChange { follower_id: follower.id, followed_id: followed.id });
        let sql = "delete from follows where follower_id = $1 and followed_id = $2";
        self.change(sql, &[follower.key, followed.key], event).await;
    }

    pub(crate) async fn post(&self, author: Person) -> PostId {
        let post_id = PostId::generate();
        let event = Event::PostCreated(PostCreated {
            post_id,
            author_id: author.id,
            username: "someone".into(),
            description: String::new(),
            hashtags: vec![],
            filename: format!("{}.jpg", post_id.0.simple()),
            created: OffsetDateTime::now_utc(),
        });
        let sql = format!("insert into posts (public_id, user_id) values ('{post_id}', $1)");
        self.change(&sql, &[author.key], event).await;
        post_id
    }

    pub(crate) async fn delete_post(&self, author: Person, post_id: PostId) {
        let event = Event::PostDeleted(PostDeleted { post_id, author_id: author.id });
        self.change(&format!("delete from posts where public_id = '{post_id}'"), &[], event).await;
    }

    pub(crate) async fn like(&self, actor: Person, post_id: PostId, author: Person) {
        let sql = format!(
            "insert into likes (user_id, post_id) select $1, id from posts where public_id = '{post_id}'"
        );
        self.change(&sql, &[actor.key], Event::PostLiked(like(actor, post_id, author))).await;
    }

    pub(crate) async fn unlike(&self, actor: Person, post_id: PostId, author: Person) {
        let sql = format!(
            "delete from likes using posts
             where likes.user_id = $1 and posts.id = likes.post_id and posts.public_id = '{post_id}'"
        );
        self.change(&sql, &[actor.key], Event::PostUnliked(like(actor, post_id, author))).await;
    }

    pub(crate) async fn comment(&self, actor: Person, post_id: PostId, author: Person) -> CommentId {
        let comment_id = CommentId::generate();
        let change = CommentCreated { comment_id, post_id, actor_id: actor.id, recipient_id: author.id };
        let sql = format!(
            "insert into comments (public_id, post_id, user_id, body)
             select '{comment_id}', id, $1, 'Fine.' from posts where public_id = '{post_id}'"
        );
        self.change(&sql, &[actor.key], Event::CommentCreated(change)).await;
        comment_id
    }

    pub(crate) async fn delete_comment(
        &self,
        comment_id: CommentId,
        writer: Person,
        post_id: PostId,
        author: Person,
    ) {
        let change = CommentDeleted { comment_id, post_id, writer_id: writer.id, recipient_id: author.id };
        let sql = format!("delete from comments where public_id = '{comment_id}'");
        self.change(&sql, &[], Event::CommentDeleted(change)).await;
    }

    async fn change(&self, sql: &str, keys: &[i64], event: Event) {
        let mut transaction = self.0.begin().await.unwrap();
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        for key in keys {
            query = query.bind(*key);
        }
        query.execute(&mut *transaction).await.unwrap();
        outbox::append(&mut transaction, &event).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// Posts in someone's feed.
    pub(crate) async fn feed(&self, reader: Person) -> Vec<Uuid> {
        sqlx::query_scalar("select post_id from feed where user_id = $1 order by created, post_id")
            .bind(reader.key)
            .fetch_all(self.0)
            .await
            .unwrap()
    }

    /// Kinds of someone's notifications with their entities, in the order of their kinds.
    pub(crate) async fn notifications(&self, recipient: Person) -> Vec<(String, Uuid)> {
        sqlx::query_as(
            "select kind, entity_id from notifications where user_id = $1 order by kind, entity_id",
        )
        .bind(recipient.key)
        .fetch_all(self.0)
        .await
        .unwrap_or_default()
    }
}

fn like(actor: Person, post_id: PostId, author: Person) -> PostLike {
    PostLike { post_id, actor_id: actor.id, recipient_id: author.id }
}
