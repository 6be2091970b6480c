//! PostgreSQL roles. Group roles own the rights and can't log in; logins are members and are made by `provision`.

/// Reads and writes every table of the platform; no DDL.
pub const APP: &str = "phasma_app";
/// Reads the outbox, for replay after a lost replication slot.
pub const OUTBOX_READER: &str = "phasma_outbox_reader";

/// Logins come in pairs. Programs use the first or the second of each; a rotation of passwords goes to the other one,
/// so that old and new are valid together.
pub const API_LOGINS: [&str; 2] = ["phasma_api", "phasma_api_b"];
pub const CONSUMERS_LOGINS: [&str; 2] = ["phasma_consumers", "phasma_consumers_b"];
/// Both have the REPLICATION attribute, which membership can't give.
pub const RELAY_LOGINS: [&str; 2] = ["phasma_relay", "phasma_relay_b"];

/// Publication of the outbox, made by the first migration.
pub const PUBLICATION: &str = "phasma_outbox";
/// Default name of the relay's replication slot.
pub const SLOT: &str = "phasma_outbox";
