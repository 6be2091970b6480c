//! The programs' database logins. A role can't be a bind parameter, so names and verifiers are checked here before
//! they become SQL; a password itself never reaches the server, whose log could keep it.

use phasma_domain::contract::roles;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// A program's two logins and what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logins {
    pub names: [&'static str; 2],
    /// The group role they are members of.
    pub group: &'static str,
    /// Whether they may read the write-ahead log.
    pub replication: bool,
}

pub const API: Logins = Logins { names: roles::API_LOGINS, group: roles::APP, replication: false };
pub const CONSUMERS: Logins =
    Logins { names: roles::CONSUMERS_LOGINS, group: roles::APP, replication: false };
pub const RELAY: Logins =
    Logins { names: roles::RELAY_LOGINS, group: roles::OUTBOX_READER, replication: true };

/// Connects as the owner; with the address of before if the password in the present one isn't set yet.
pub async fn connect_as_owner(url: &str, former: Option<&str>) -> Result<PgConnection, sqlx::Error> {
    match (PgConnection::connect(url).await, former) {
        (Err(error), Some(former)) if is_refusal(&error) => PgConnection::connect(former).await,
        (connected, _) => connected,
    }
}

/// Wrong password, or no such login.
fn is_refusal(error: &sqlx::Error) -> bool {
    const REFUSALS: [&str; 2] = ["28P01", "28000"];
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| REFUSALS.contains(&code.as_ref()))
}

/// Sets the password of who is connected.
pub async fn assert_owner(connection: &mut PgConnection, verifier: &str) -> Result<(), sqlx::Error> {
    checked(verifier)?;
    run(connection, format!("alter role current_user with password '{verifier}'")).await
}

/// Has the server read its certificate again; it goes on with the old one if it can't. Needs a superuser.
pub async fn reload_configuration(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    run(connection, "select pg_reload_conf()".to_owned()).await
}

/// Makes a login if it is absent, and sets its rights and the SCRAM verifier of its password in any case.
pub async fn assert_login(
    connection: &mut PgConnection,
    logins: Logins,
    name: &str,
    verifier: &str,
) -> Result<(), sqlx::Error> {
    checked(verifier)?;
    let Logins { group, replication, .. } = logins;
    if !exists(connection, name).await? {
        run(connection, format!("create role {name} login")).await?;
    }
    let replication = if replication { "replication" } else { "noreplication" };
    run(connection, format!("alter role {name} with login {replication} password '{verifier}'")).await?;
    run(connection, format!("grant {group} to {name}")).await
}

/// Shuts a login out, if there is one, and ends what it still has open: a program that uses it is none of ours.
pub async fn retire_login(connection: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    if !exists(connection, name).await? {
        return Ok(());
    }
    run(connection, format!("alter role {name} with nologin password null")).await?;
    let ended = run(
        connection,
        format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{name}'"),
    );
    match ended.await {
        // The owner of a database elsewhere may not end the sessions of others. They end with their programs.
        Err(error) if is_insufficient_privilege(&error) => Ok(()),
        ended => ended,
    }
}

fn is_insufficient_privilege(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "42501")
}

fn checked(verifier: &str) -> Result<(), sqlx::Error> {
    if is_scram_verifier(verifier) {
        Ok(())
    } else {
        Err(sqlx::Error::Encode("a password must arrive as a SCRAM verifier".into()))
    }
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
