//! PostgreSQL roles. Group roles own the rights and can't log in; logins are members and are made by `provision`.

/// Reads and writes every table of the platform; no DDL.
pub const APP: &str = "phasma_app";
/// Reads the outbox, for replay after a lost replication slot.
pub const OUTBOX_READER: &str = "phasma_outbox_reader";

pub const API_LOGIN: &str = "phasma_api";
pub const CONSUMERS_LOGIN: &str = "phasma_consumers";
/// Has the REPLICATION attribute, which membership can't give.
pub const RELAY_LOGIN: &str = "phasma_relay";

/// Publication of the outbox, made by the first migration.
pub const PUBLICATION: &str = "phasma_outbox";
/// Default name of the relay's replication slot.
pub const SLOT: &str = "phasma_outbox";
