//! The commands of `phasma-api`.

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use phasma_domain::contract::env;
use phasma_store::{logins, migrations};
use sqlx::Connection;

use crate::{admin::Admin, config::Config, media, openapi, server, telemetry};

/// HTTP API of the platform.
#[derive(Debug, Parser)]
#[command(name = "phasma-api", version)]
pub struct Cli {
    /// Filter of the JSON log, such as `info` or `phasma_api=debug`.
    #[arg(long, global = true, env = env::LOG, default_value = "info")]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API until SIGTERM or SIGINT.
    Serve(Box<Config>),
    /// Bring the database's schema up to this release.
    Migrate(Migrate),
    /// Help people, and keep order: for the person on call.
    Admin(Admin),
    /// Decode one picture from standard input; `serve` starts this for each upload.
    Decode,
    /// Print the OpenAPI document.
    Openapi,
}

#[derive(Debug, Args)]
struct Migrate {
    /// Connection string of the database's owner.
    #[arg(long, env = env::DATABASE_URL, value_name = env::DATABASE_URL, hide_env_values = true)]
    database_url: String,
    /// The address of before, tried when the present one is refused: while the owner's password changes.
    #[arg(long, env = env::DATABASE_URL_FORMER, value_name = env::DATABASE_URL_FORMER, hide_env_values = true)]
    database_url_former: Option<String>,
}

impl Cli {
    /// Runs the command to its end.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve(config) => {
                telemetry::init_logs(&self.log)?;
                runtime()?.block_on(server::serve(*config))
            }
            Command::Migrate(arguments) => {
                telemetry::init_logs(&self.log)?;
                runtime()?.block_on(migrate(&arguments))
            }
            Command::Admin(admin) => print(&runtime()?.block_on(admin.run())?),
            Command::Decode => Ok(media::child::run()?),
            Command::Openapi => print(&openapi::document_json()?),
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime could not start")
}

async fn migrate(arguments: &Migrate) -> anyhow::Result<()> {
    let Migrate { database_url, database_url_former } = arguments;
    let mut connection = logins::connect_as_owner(database_url, database_url_former.as_deref())
        .await
        .with_context(|| format!("the database in {} can't be reached", env::DATABASE_URL))?;
    migrations::migrate(&mut connection).await?;
    tracing::info!("the schema is up to date");
    Ok(connection.close().await?)
}

#[expect(clippy::print_stdout, reason = "the text is the command's output")]
fn print(text: &str) -> anyhow::Result<()> {
    println!("{text}");
    Ok(())
}
