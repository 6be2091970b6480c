//! The programs' database logins. A role can't be a bind parameter, so names and verifiers are checked here before
//! they become SQL; a password itself never reaches the server, whose log could keep it.

use phasma_domain::contract::roles;
use sqlx::{AssertSqlSafe, PgConnection};

/// A program's login and what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    pub name: &'static str,
    /// The group role it is a member of.
    pub group: &'static str,
    /// Whether it may read the write-ahead log.
    pub replication: bool,
}

pub const API: Login = Login { name: roles::API_LOGIN, group: roles::APP, replication: false };
pub const CONSUMERS: Login = Login { name: roles::CONSUMERS_LOGIN, group: roles::APP, replication: false };
pub const RELAY: Login = Login { name: roles::RELAY_LOGIN, group: roles::OUTBOX_READER, replication: true };

/// Makes the login if it is absent, and sets its rights and the SCRAM verifier of its password in any case.
pub async fn assert_login(
    connection: &mut PgConnection,
    login: Login,
    verifier: &str,
) -> Result<(), sqlx::Error> {
    if !is_scram_verifier(verifier) {
        return Err(sqlx::Error::Encode("a password must arrive as a SCRAM verifier".into()));
    }
    let Login { name, group, replication } = login;
    if !exists(connection, name).await? {
        run(connection, format!("create role {name} login")).await?;
    }
    let replication = if replication { "replication" } else { "noreplication" };
    run(connection, format!("alter role {name} with login {replication} password '{verifier}'")).await?;
    run(connection, format!("grant {group} to {name}")).await
}

async fn exists(connection: &mut PgConnection, name: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from pg_roles where rolname = $1) as "exists!""#, name)
        .fetch_one(connection)
        .await
}

async fn run(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

/// `SCRAM-SHA-256$iterations:salt$stored:server`, in characters that need no quoting.
fn is_scram_verifier(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"+/=$:-".contains(&c);
    text.starts_with("SCRAM-SHA-256$") && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_verifiers_become_sql() {
        assert!(is_scram_verifier("SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"));
        assert!(!is_scram_verifier("a password"));
        assert!(!is_scram_verifier("SCRAM-SHA-256$4096:x'; drop table users; --"));
    }
}
