//! Database logins. Their passwords are asserted every time: what PostgreSQL was first started with acts only once.

use anyhow::Context;
use phasma_store::logins::{self, Login};
use postgres_protocol::password::scram_sha_256;
use sqlx::{Connection, PgConnection};

use crate::config::{Hidden, ProvisionConfig};

/// Makes the logins whose passwords are given.
pub async fn provision(config: &ProvisionConfig) -> anyhow::Result<()> {
    let logins: Vec<(Login, &Hidden)> = [
        (logins::API, &config.api_password),
        (logins::CONSUMERS, &config.consumers_password),
        (logins::RELAY, &config.relay_password),
    ]
    .into_iter()
    .filter_map(|(login, password)| Some((login, password.as_ref()?)))
    .collect();
    if logins.is_empty() {
        return Ok(());
    }
    let mut database = PgConnection::connect(config.database.database_url.reveal())
        .await
        .context("the database can't be reached")?;
    for (login, password) in logins {
        // The verifier, not the password, goes to the server, whose log could keep statements.
        let verifier = scram_sha_256(password.reveal().as_bytes());
        logins::assert_login(&mut database, login, &verifier)
            .await
            .with_context(|| format!("the login {} can't be made", login.name))?;
        tracing::info!(login = login.name, "login");
    }
    Ok(())
}
