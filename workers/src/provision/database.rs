//! Database logins. Their passwords are asserted every time: what PostgreSQL was first started with acts only once.
//! Of each pair one login is in use; the other is open during a rotation, and shut out at any other time.

use anyhow::Context;
use phasma_store::logins::{self, Logins};
use postgres_protocol::password::scram_sha_256;
use sqlx::PgConnection;

use crate::config::{Hidden, LoginsConfig};

/// A pair of logins, the password of the one in use, and that of the other.
struct Pair<'a> {
    logins: Logins,
    password: &'a Hidden,
    other: Option<&'a Hidden>,
}

/// Sets the passwords that are given.
pub async fn provision(database: &mut PgConnection, config: &LoginsConfig) -> anyhow::Result<()> {
    if let Some(password) = &config.owner_password {
        logins::assert_owner(database, &verifier(password))
            .await
            .context("the owner's password can't be set")?;
    }
    let turn = usize::from(config.login_turn);
    for pair in pairs(config) {
        let [first, second] = pair.logins.names;
        let (used, other) = if turn == 0 { (first, second) } else { (second, first) };
        open(database, pair.logins, used, pair.password).await?;
        match pair.other {
            Some(password) => open(database, pair.logins, other, password).await?,
            None => shut(database, other).await?,
        }
    }
    Ok(())
}

fn pairs(config: &LoginsConfig) -> Vec<Pair<'_>> {
    [
        (logins::API, &config.api_password, &config.api_password_other),
        (logins::CONSUMERS, &config.consumers_password, &config.consumers_password_other),
        (logins::RELAY, &config.relay_password, &config.relay_password_other),
    ]
    .into_iter()
    .filter_map(|(logins, password, other)| {
        Some(Pair { logins, password: password.as_ref()?, other: other.as_ref() })
    })
    .collect()
}

async fn open(
    database: &mut PgConnection,
    logins: Logins,
    name: &str,
    password: &Hidden,
) -> anyhow::Result<()> {
    logins::assert_login(database, logins, name, &verifier(password))
        .await
        .with_context(|| format!("the login {name} can't be made"))?;
    tracing::info!(login = name, "login");
    Ok(())
}

async fn shut(database: &mut PgConnection, name: &str) -> anyhow::Result<()> {
    logins::retire_login(database, name).await.with_context(|| format!("the login {name} can't be shut out"))
}

/// The verifier, not the password, goes to the server, whose log could keep statements.
fn verifier(password: &Hidden) -> String {
    scram_sha_256(password.reveal().as_bytes())
}
