//! Writing notifications, in batches. Every row comes from what likes, comments and follows say now, and goes when
//! they no longer say so: the order of events and their repetition don't matter. Nobody is told of an own act,
//! nor of one by somebody they block, are blocked by or mute at that time.

use sqlx::PgExecutor;
use uuid::Uuid;

/// Tells authors of likes. The two slices are pairs of post and liker.
pub async fn insert_likes(
    executor: impl PgExecutor<'_>,
    posts: &[Uuid],
    actors: &[Uuid],
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "insert into notifications (public_id, user_id, actor_id, kind, entity_id, post_id, created)
         select uuidv7(), posts.user_id, likes.user_id, 'like', posts.public_id, posts.id, likes.created
         from unnest($1::uuid[], $2::uuid[]) as event (post, actor)
         join posts on posts.public_id = event.post
         join users actor on actor.public_id = event.actor
         join likes on likes.post_id = posts.id and likes.user_id = actor.id
         where posts.user_id <> actor.id
           and not exists (select from blocks_or_mutes(posts.user_id, actor.id))
         order by posts.user_id, actor.id, posts.public_id
         on conflict on constraint notifications_entity_key do nothing",
        posts,
        actors,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Tells authors of comments on their posts.
pub async fn insert_comments(executor: impl PgExecutor<'_>, comments: &[Uuid]) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "insert into notifications (public_id, user_id, actor_id, kind, entity_id, post_id, created)
         select uuidv7(), posts.user_id, comments.user_id, 'comment', comments.public_id, posts.id, comments.created
         from comments
         join posts on posts.id = comments.post_id
         where comments.public_id = any($1) and posts.user_id <> comments.user_id
           and not exists (select from blocks_or_mutes(posts.user_id, comments.user_id))
         order by posts.user_id, comments.user_id, comments.public_id
         on conflict on constraint notifications_entity_key do nothing",
        comments,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Tells people who follows them. The two slices are pairs of follower and followed.
pub async fn insert_follows(
    executor: impl PgExecutor<'_>,
    followers: &[Uuid],
    followed: &[Uuid],
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "insert into notifications (public_id, user_id, actor_id, kind, entity_id, created)
         select uuidv7(), followed.id, follower.id, 'follow', follower.public_id, follows.created
         from unnest($1::uuid[], $2::uuid[]) as event (follower, followed)
         join users follower on follower.public_id = event.follower
         join users followed on followed.public_id = event.followed
         join follows on follows.follower_id = follower.id and follows.followed_id = followed.id
         where not exists (select from blocks_or_mutes(followed.id, follower.id))
         order by followed.id, follower.id
         on conflict on constraint notifications_entity_key do nothing",
        followers,
        followed,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Takes back what is said of likes that no longer hold. The two slices are pairs of post and liker.
pub async fn delete_unliked(
    executor: impl PgExecutor<'_>,
    posts: &[Uuid],
    actors: &[Uuid],
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from notifications
         using unnest($1::uuid[], $2::uuid[]) as event (post, actor), posts, users actor
         where posts.public_id = event.post
           and actor.public_id = event.actor
           and notifications.post_id = posts.id
           and notifications.actor_id = actor.id
           and notifications.kind = 'like'
           and not exists (select from likes where likes.post_id = posts.id and likes.user_id = actor.id)",
        posts,
        actors,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Takes back what is said of comments that are gone. The slices are triples of recipient, actor and comment.
pub async fn delete_uncommented(
    executor: impl PgExecutor<'_>,
    recipients: &[Uuid],
    actors: &[Uuid],
    comments: &[Uuid],
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from notifications
         using unnest($1::uuid[], $2::uuid[], $3::uuid[]) as event (recipient, actor, comment),
               users recipient, users actor
         where recipient.public_id = event.recipient
           and actor.public_id = event.actor
           and notifications.user_id = recipient.id
           and notifications.actor_id = actor.id
           and notifications.kind = 'comment'
           and notifications.entity_id = event.comment
           and not exists (select from comments where comments.public_id = event.comment)",
        recipients,
        actors,
        comments,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Takes back what is said of follows that no longer hold. The two slices are pairs of follower and followed.
pub async fn delete_unfollowed(
    executor: impl PgExecutor<'_>,
    followers: &[Uuid],
    followed: &[Uuid],
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from notifications
         using unnest($1::uuid[], $2::uuid[]) as event (follower, followed), users follower, users followed
         where follower.public_id = event.follower
           and followed.public_id = event.followed
           and notifications.user_id = followed.id
           and notifications.actor_id = follower.id
           and notifications.kind = 'follow'
           and not exists (
               select from follows
               where follows.follower_id = follower.id and follows.followed_id = followed.id
           )",
        followers,
        followed,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}
