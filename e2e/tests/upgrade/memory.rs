//! What people made, and must find again.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use phasma_e2e::{
    person::{Person, photograph, unique},
    wait::until,
};

/// Effects that travel through WAL, broker and consumers.
const SOON: Duration = Duration::from_secs(60);

/// What two people made together, which nothing may take from them.
pub(crate) struct Memory {
    ada: Person,
    bob: Person,
    post: String,
    word: String,
}

impl Memory {
    pub(crate) async fn made() -> Result<Self> {
        let (ada, bob) = (Person::sign_up("ada").await?, Person::sign_up("bob").await?);
        let word = unique("harbour");
        bob.post(&format!("/@{}?/follow", ada.username), &[]).await?;
        let post = ada.publish(photograph()?, &format!("The {word} in the morning")).await?;
        bob.post(&format!("{post}?/like"), &[]).await?;
        bob.post(&format!("{post}?/comment"), &[("body", "Quiet as ever")]).await?;
        let memory = Self { ada, bob, post, word };
        memory.is_kept().await;
        memory.takes_a_comment_back().await?;
        Ok(memory)
    }

    /// What a comment brought about goes with it. Its event has another version in each release.
    async fn takes_a_comment_back(&self) -> Result<()> {
        let Self { ada, bob, post, .. } = self;
        let told =
            async || Ok::<_, anyhow::Error>(ada.page("/notifications").await?.matches("commented").count());
        let before = told().await?;
        bob.post(&format!("{post}?/comment"), &[("body", "A slip of the pen")]).await?;
        until("another notification", SOON, async || {
            let now = told().await?;
            ensure!(now > before, "{now} of more than {before}");
            Ok(())
        })
        .await;
        let comment = comment(&bob.page(post).await?, "A slip of the pen")?;
        bob.post(&format!("{post}?/deleteComment"), &[("comment", &comment)]).await?;
        until("the notification gone", SOON, async || {
            let now = told().await?;
            ensure!(now == before, "{now} instead of {before}");
            Ok(())
        })
        .await;
        bob.misses(post, "A slip of the pen").await
    }

    /// The post, its comment, the follower's feed, the notifications and the search are as they were.
    pub(crate) async fn is_kept(&self) {
        let Self { ada, bob, post, word } = self;
        until("the comment", SOON, || bob.sees(post, "Quiet as ever")).await;
        until("the post in the feed", SOON, || bob.sees("/feed", word)).await;
        for action in ["liked", "commented", "follow"] {
            until("the notification", SOON, || ada.sees("/notifications", action)).await;
        }
        let found = format!("/search?q={word}&type=posts");
        until("the post in search", SOON, || bob.sees(&found, post)).await;
    }
}

/// The id of the comment that says `words` on a post's page.
fn comment(page: &str, words: &str) -> Result<String> {
    let (_, after) = page.split_once(words).context("no such comment")?;
    let (_, address) = after.split_once("/comments/").context("it can't be deleted")?;
    Ok(address.split('/').next().unwrap_or_default().to_owned())
}
