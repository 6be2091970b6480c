//! A database and topics of a test's own.

use phasma_domain::event::Event;
use phasma_store::{
    outbox,
    testing::{TestDatabase, required},
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{People, Role, Topics, job};

/// Few, so that a test is quick, and more than one, so that order across them is arbitrary.
pub(crate) const PARTITIONS: i32 = 3;

pub(crate) struct Installation {
    pub(crate) database: TestDatabase,
    pub(crate) prefix: String,
}

impl Installation {
    /// Migrated, with topics.
    pub(crate) async fn create() -> Self {
        let this = Self::without_topics().await;
        let made = job(&["provision"], &this.settings()).await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        this
    }

    /// Migrated, with topics, relay and consumers at work.
    pub(crate) async fn at_work() -> (Self, [Role; 2]) {
        let this = Self::create().await;
        let roles = [this.start("relay"), this.start("consumers")];
        for role in &roles {
            role.ready().await;
        }
        (this, roles)
    }

    pub(crate) async fn without_topics() -> Self {
        let id = Uuid::now_v7().simple().to_string();
        Self { database: TestDatabase::create().await, prefix: format!("t{}.", &id[20..]) }
    }

    /// What the programs read; the broker and the cache are in the environment.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("PHASMA_DATABASE_URL", self.database.url.clone()),
            ("PHASMA_TOPIC_PREFIX", self.prefix.clone()),
            ("PHASMA_TOPIC_PARTITIONS", PARTITIONS.to_string()),
            ("PHASMA_REPLICATION_SLOT", self.slot()),
            ("PHASMA_CACHE_URL", required("PHASMA_CACHE_URL")),
        ]
    }

    /// Slots belong to the whole server.
    pub(crate) fn slot(&self) -> String {
        format!("{}_slot", self.prefix.trim_end_matches('.'))
    }

    pub(crate) fn start(&self, role: &str) -> Role {
        Role::start(role, &self.settings())
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.database.pool
    }

    pub(crate) fn people(&self) -> People<'_> {
        People(self.pool())
    }

    pub(crate) fn topics(&self) -> Topics<'_> {
        Topics { prefix: &self.prefix }
    }

    /// Commits `events` in one transaction.
    pub(crate) async fn append(&self, events: &[Event]) {
        let mut transaction = self.pool().begin().await.unwrap();
        outbox::append_all(&mut transaction, events).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// Removes everything, once the roles have ended.
    pub(crate) async fn remove(self) {
        self.database.drop().await;
    }
}
