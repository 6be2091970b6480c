//! The volumes of search and broker and the memory of the cache are deleted while people use the platform: everything
//! comes back from PostgreSQL, with nobody's help and nothing lost.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use kube::{
    ResourceExt,
    api::{DeleteParams, ListParams},
};
use phasma_e2e::{
    installation::{Installation, READY_LIMIT},
    person::{Person, photograph, unique},
    wait::until,
};
use tokio::{task::JoinHandle, time::interval};
use tokio_util::sync::CancellationToken;

/// The broker's pod starts anew, its topics are filled, and the groups join.
const HEALED: Duration = Duration::from_secs(120);
/// What one person may read without being slowed down.
const PAUSE: Duration = Duration::from_millis(600);

#[tokio::test]
async fn lost_volumes_of_derived_stores_heal_under_load() -> Result<()> {
    let installation = Installation::from_env().await?;
    installation.wait_ready().await;
    let author = Person::sign_up("dora").await?;
    let follower = Arc::new(Person::sign_up("emil").await?);
    follower.post(&format!("/@{}?/follow", author.username), &[]).await?;
    let before = unique("daybreak");
    let first = author.publish(photograph()?, &format!("The {before}")).await?;
    until("the first post by the engine", HEALED, || finds(&follower, &before, &first)).await;

    let load = Load::start(follower.clone());
    let volumes = volumes(&installation).await?;
    for component in ["meilisearch", "redpanda"] {
        installation
            .volume_claims()
            .delete(&claim(&installation, component), &DeleteParams::default())
            .await?;
    }
    for component in ["meilisearch", "redpanda", "dragonfly"] {
        let of_component = installation.selector().labels(&format!(
            "{},app.kubernetes.io/component={component}",
            phasma_crds::labels::selector(&installation.name)
        ));
        installation.pods().delete_collection(&DeleteParams::default(), &of_component).await?;
    }
    // Posted, liked and commented on while half of the platform is away.
    let meanwhile = unique("nightfall");
    let second = author.publish(photograph()?, &format!("The {meanwhile}")).await?;
    follower.post(&format!("{second}?/like"), &[]).await?;

    until("new volumes", READY_LIMIT, || async {
        let now = self::volumes(&installation).await?;
        for component in ["meilisearch", "redpanda"] {
            let name = claim(&installation, component);
            ensure!(
                now.get(&name).is_some_and(|uid| Some(uid) != volumes.get(&name)),
                "{name} is the old one"
            );
        }
        Ok(())
    })
    .await;
    installation.wait_ready().await;
    until("the post in the follower's feed", HEALED, || follower.sees("/feed", &meanwhile)).await;
    until("the like in the author's notifications", HEALED, || author.sees("/notifications", "liked")).await;
    until("the post of before by the engine", HEALED, || finds(&follower, &before, &first)).await;
    until("the post of meanwhile by the engine", HEALED, || finds(&follower, &meanwhile, &second)).await;
    let (requests, failures) = load.stop().await?;
    ensure!(failures.is_empty(), "of {requests} requests failed: {failures:?}");
    println!("{requests} requests, none failed");
    Ok(())
}

/// Finds `post` by `word` with a typo, which only the search engine forgives.
async fn finds(person: &Person, word: &str, post: &str) -> Result<()> {
    let typo = format!("{}{}{}", &word[..3], if word.as_bytes()[3] == b'q' { 'p' } else { 'q' }, &word[4..]);
    person.sees(&format!("/search?q={typo}&type=posts"), post).await
}

fn claim(installation: &Installation, component: &str) -> String {
    format!("{}-data", installation.component(component))
}

/// Uids of the volume claims by name.
async fn volumes(installation: &Installation) -> Result<BTreeMap<String, String>> {
    let claims = installation.volume_claims().list(&ListParams::default()).await?;
    Ok(claims.into_iter().map(|claim| (claim.name_any(), claim.uid().unwrap_or_default())).collect())
}

/// Somebody who reads the feed all the time.
struct Load {
    stop: CancellationToken,
    reads: JoinHandle<(usize, Vec<String>)>,
}

impl Load {
    fn start(person: Arc<Person>) -> Self {
        let stop = CancellationToken::new();
        let reads = tokio::spawn(read(person, stop.clone()));
        Self { stop, reads }
    }

    /// How many requests there were, and what went wrong with which.
    async fn stop(self) -> Result<(usize, Vec<String>)> {
        self.stop.cancel();
        Ok(self.reads.await?)
    }
}

async fn read(person: Arc<Person>, stop: CancellationToken) -> (usize, Vec<String>) {
    let (mut requests, mut failures) = (0, Vec::new());
    let mut turn = interval(PAUSE);
    while !stop.is_cancelled() {
        turn.tick().await;
        requests += 1;
        if let Err(error) = person.page("/feed").await {
            failures.push(format!("{error:#}"));
        }
    }
    (requests, failures)
}
