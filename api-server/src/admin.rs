//! `phasma-api admin`: for the person on call, since the platform sends no mail. A command answers with a line that
//! says what it did, or why it did nothing, and may be repeated. It needs the database alone, as the API's login.

use anyhow::Context;
use clap::{Args, Subcommand};
use phasma_domain::{audit::Note, contract::env, id::PostId, user::Username};
use phasma_store::audit;
use sqlx::{ConnectOptions, PgConnection};

use crate::{app::connect_options, config::DatabaseConfig, services::administration};

mod entry;
mod password;

#[derive(Debug, Args)]
pub struct Admin {
    #[command(flatten)]
    database: DatabaseConfig,
    /// Who you are, for the audit log.
    #[arg(long, global = true, env = "USER", value_name = "NAME", default_value = "unknown")]
    by: String,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set a new password, read from standard input, and end every session of the account.
    ResetPassword { username: String },
    /// Keep an account from logging in and acting, and end its sessions. What it published stays.
    Suspend {
        username: String,
        /// Why, for the audit log.
        #[arg(long)]
        reason: String,
    },
    /// Let a suspended account log in again.
    Restore { username: String },
    /// Delete a post, as its author would.
    TakeDown {
        /// The last part of the post's address.
        post_id: String,
        /// Why, for the audit log.
        #[arg(long)]
        reason: String,
    },
    /// Print the audit log, the newest entry first.
    Log {
        /// At most so many entries.
        #[arg(long, default_value = "50", value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
}

impl Admin {
    /// Does what is asked, and returns what to print.
    pub async fn run(self) -> anyhow::Result<String> {
        let by = Note::parse("--by", &self.by)?;
        match self.action {
            Action::ResetPassword { username } => reset_password(&self.database, &by, &username).await,
            Action::Suspend { username, reason } => suspend(&self.database, &by, &username, &reason).await,
            Action::Restore { username } => restore(&self.database, &by, &username).await,
            Action::TakeDown { post_id, reason } => take_down(&self.database, &by, &post_id, &reason).await,
            Action::Log { limit } => log(&self.database, limit).await,
        }
    }
}

async fn reset_password(database: &DatabaseConfig, by: &Note, username: &str) -> anyhow::Result<String> {
    let (username, password) = (Username::parse(username)?, password::read()?);
    let mut connection = connect(database).await?;
    let ended = administration::reset_password(&mut connection, by, &username, &password).await?;
    Ok(format!("{username} has a new password. Sessions ended: {ended}."))
}

async fn suspend(
    database: &DatabaseConfig,
    by: &Note,
    username: &str,
    reason: &str,
) -> anyhow::Result<String> {
    let (username, reason) = (Username::parse(username)?, Note::parse("--reason", reason)?);
    let mut connection = connect(database).await?;
    let ended = administration::suspend(&mut connection, by, &username, &reason).await?;
    Ok(match ended {
        Some(ended) => format!("{username} is suspended. Sessions ended: {ended}."),
        None => format!("{username} was suspended before. Nothing changed."),
    })
}

async fn restore(database: &DatabaseConfig, by: &Note, username: &str) -> anyhow::Result<String> {
    let username = Username::parse(username)?;
    let mut connection = connect(database).await?;
    let restored = administration::restore(&mut connection, by, &username).await?;
    Ok(if restored {
        format!("{username} is restored and can log in again.")
    } else {
        format!("{username} is not suspended. Nothing changed.")
    })
}

async fn take_down(database: &DatabaseConfig, by: &Note, post: &str, reason: &str) -> anyhow::Result<String> {
    let reason = Note::parse("--reason", reason)?;
    let post: PostId = post.parse().with_context(|| format!("{post:?} is not the id of a post"))?;
    let mut connection = connect(database).await?;
    let taken_down = administration::take_down(&mut connection, by, post, &reason).await?;
    Ok(if taken_down {
        format!("Post {post} is taken down.")
    } else {
        format!("Post {post} was taken down before. Nothing changed.")
    })
}

async fn log(database: &DatabaseConfig, limit: u32) -> anyhow::Result<String> {
    let mut connection = connect(database).await?;
    let rows = audit::list(&mut connection, limit.into()).await.context("the audit log can't be read")?;
    if rows.is_empty() {
        return Ok("The audit log is empty.".to_owned());
    }
    let lines: Result<Vec<_>, _> = rows.iter().map(entry::line).collect();
    Ok(lines?.join("\n"))
}

async fn connect(database: &DatabaseConfig) -> anyhow::Result<PgConnection> {
    let options = connect_options(database)
        .with_context(|| format!("the address of the database in {} is malformed", env::DATABASE_URL))?;
    options.connect().await.with_context(|| format!("the database in {} can't be reached", env::DATABASE_URL))
}
