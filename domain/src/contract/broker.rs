//! Users of the broker and what each may do: one user per program, with exactly its topics and groups.

use super::topics::{
    ENTITY_CHANGES, EVENTS, GROUP_BLOB_CLEANUP, GROUP_FEED, GROUP_NOTIFICATIONS, GROUP_SEARCH_SYNC,
    dead_letters,
};

/// May do everything: makes the other users, and does nothing else.
pub const SUPERUSER: &str = "phasma";

/// A program that has a user on the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    Provision,
    Relay,
    Consumers,
    Connect,
}

impl User {
    pub const ALL: [User; 4] = [User::Provision, User::Relay, User::Consumers, User::Connect];

    pub fn name(self) -> &'static str {
        match self {
            User::Provision => "phasma-provision",
            User::Relay => "phasma-relay",
            User::Consumers => "phasma-consumers",
            User::Connect => "phasma-connect",
        }
    }

    /// Everything the user may do. What is not here the broker refuses.
    pub fn rights(self) -> Vec<Right> {
        match self {
            User::Provision => vec![on_topics(&[Operation::Create, Operation::Describe], all_topics())],
            User::Relay => vec![WRITER, on_topics(WRITE, EVENTS.map(str::to_owned))],
            User::Consumers => vec![
                WRITER,
                on_topics(READ, EVENTS.map(str::to_owned)),
                on_topics(WRITE, EVENTS.map(dead_letters)),
                on_groups([GROUP_FEED, GROUP_NOTIFICATIONS]),
            ],
            User::Connect => vec![
                WRITER,
                on_topics(READ, [ENTITY_CHANGES.to_owned()]),
                on_topics(WRITE, [dead_letters(ENTITY_CHANGES)]),
                on_groups([GROUP_SEARCH_SYNC, GROUP_BLOB_CLEANUP]),
            ],
        }
    }
}

/// Operations on some resources of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    pub operations: &'static [Operation],
    pub on: Resources,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resources {
    Topics(Vec<String>),
    Groups(Vec<String>),
    Cluster,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Describe,
    Read,
    Write,
    IdempotentWrite,
}

impl Operation {
    /// As tools for the broker spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Describe => "describe",
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::IdempotentWrite => "idempotent_write",
        }
    }
}

const READ: &[Operation] = &[Operation::Read, Operation::Describe];
const WRITE: &[Operation] = &[Operation::Write, Operation::Describe];
/// Producers number their records so that a repetition is not written twice. The right to do so is the cluster's.
const WRITER: Right = Right { operations: &[Operation::IdempotentWrite], on: Resources::Cluster };

fn on_topics(operations: &'static [Operation], topics: impl IntoIterator<Item = String>) -> Right {
    Right { operations, on: Resources::Topics(topics.into_iter().collect()) }
}

fn on_groups<const N: usize>(groups: [&str; N]) -> Right {
    Right { operations: READ, on: Resources::Groups(groups.map(str::to_owned).into()) }
}

fn all_topics() -> Vec<String> {
    EVENTS.iter().flat_map(|topic| [(*topic).to_owned(), dead_letters(topic)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::topics::ACTIVITY;

    fn may(user: User, operation: Operation, topic: &str) -> bool {
        user.rights().iter().any(|right| {
            let named = matches!(&right.on, Resources::Topics(topics) if topics.iter().any(|t| t == topic));
            named && right.operations.contains(&operation)
        })
    }

    #[test]
    fn events_are_written_by_the_relay_alone() {
        for topic in EVENTS {
            let writers: Vec<_> =
                User::ALL.into_iter().filter(|user| may(*user, Operation::Write, topic)).collect();
            assert_eq!(writers, [User::Relay], "{topic}");
        }
    }

    #[test]
    fn nobody_reads_what_is_none_of_its_business() {
        assert!(!may(User::Connect, Operation::Read, ACTIVITY));
        assert!(!may(User::Relay, Operation::Read, ENTITY_CHANGES));
        assert!(!may(User::Provision, Operation::Read, ENTITY_CHANGES));
    }

    #[test]
    fn names_differ() {
        let mut names: Vec<_> = User::ALL.map(User::name).into();
        names.push(SUPERUSER);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), User::ALL.len() + 1);
    }
}
