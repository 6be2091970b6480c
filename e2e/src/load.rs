//! People who read and write while something happens to the platform: 50 requests a second through the frontend, none of
//! which may fail.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval},
};

use crate::person::{Person, photograph};

/// 50 requests a second.
const PACE: Duration = Duration::from_millis(20);
/// Who reads pages and comments. The platform lets each of them read a few pages a second, and see any number of pictures.
const PEOPLE: usize = 12;
/// Of so many requests one is for a page, one for a comment; the others are for a picture.
const PAGE_EVERY: usize = 10;
const COMMENT_EVERY: usize = 40;
/// How many failures a message shows.
const SHOWN: usize = 10;

/// People with accounts, and a post that all of them look at.
pub struct Crowd {
    people: Arc<Vec<Person>>,
    post: String,
    picture: String,
}

impl Crowd {
    /// Signs everybody up.
    pub async fn gathered() -> Result<Self> {
        let mut people = Vec::new();
        for _ in 0..PEOPLE {
            people.push(Person::sign_up("crowd").await?);
        }
        let post = people[0].publish(photograph()?, "A picture to come back to").await?;
        let picture = picture_of(&people[0], &post).await?;
        Ok(Self { people: Arc::new(people), post, picture })
    }

    /// They look and write until told to stop.
    pub fn use_the_site(&self) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let (people, post, picture) = (self.people.clone(), self.post.clone(), self.picture.clone());
        let running = tokio::spawn(use_the_site(people, post, picture, stop.clone()));
        Load { stop, running }
    }
}

/// Requests that are being made.
pub struct Load {
    stop: Arc<AtomicBool>,
    running: JoinHandle<Arc<Tally>>,
}

impl Load {
    /// Stops, and fails if a request did. Returns how many there were.
    pub async fn ended(self) -> Result<usize> {
        self.stop.store(true, Ordering::Relaxed);
        let tally = self.running.await?;
        let failures = tally.failures.lock().map(|failures| failures.clone()).unwrap_or_default();
        let requests = tally.requests.load(Ordering::Relaxed);
        let shown: Vec<&String> = failures.iter().take(SHOWN).collect();
        ensure!(failures.is_empty() && requests > 0, "{} of {requests} failed: {shown:#?}", failures.len());
        Ok(requests)
    }
}

/// What went wrong while it ran.
#[derive(Default)]
struct Tally {
    requests: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

impl Tally {
    fn note(&self, what: &str, outcome: Result<()>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = outcome
            && let Ok(mut failures) = self.failures.lock()
        {
            failures.push(format!("{what}: {error:#}"));
        }
    }
}

/// People who use one post until they are told to stop.
async fn use_the_site(
    people: Arc<Vec<Person>>,
    post: String,
    picture: String,
    stop: Arc<AtomicBool>,
) -> Arc<Tally> {
    let tally = Arc::new(Tally::default());
    let (mut clock, mut running) = (interval(PACE), JoinSet::new());
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        clock.tick().await;
        number += 1;
        let (people, tally, post, picture) = (people.clone(), tally.clone(), post.clone(), picture.clone());
        running.spawn(async move {
            let person = &people[(number / PAGE_EVERY) % people.len()];
            if number % COMMENT_EVERY == 0 {
                let form = [("body", "Still here")];
                tally.note("comment", person.post(&format!("{post}?/comment"), &form).await.map(|_| ()));
            } else if number % PAGE_EVERY == 0 {
                tally.note("page", person.page(&post).await.map(|_| ()));
            } else {
                tally.note("picture", seen(person, &picture).await);
            }
        });
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
    tally
}

async fn seen(person: &Person, picture: &str) -> Result<()> {
    let response = person.get(picture).await?;
    ensure!(response.status().is_success(), "{}", response.status());
    response.bytes().await?;
    Ok(())
}

async fn picture_of(person: &Person, post: &str) -> Result<String> {
    let page = person.page(post).await?;
    let start = page.find("/uploads/").context("the post shows no picture")?;
    Ok(page[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || "/.".contains(*c)).collect())
}
