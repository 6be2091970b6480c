//! The command line: one binary, one role a process.

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::runtime::Builder;

use crate::{
    check::{self, Target},
    config::{CheckConfig, ConsumersConfig, LogConfig, ProvisionConfig, RelayConfig},
    consumers, provision, relay,
    runtime::{telemetry, termination},
};

/// Relay, consumers and provisioning of Phasma. Settings come from the environment.
#[derive(Debug, Parser)]
#[command(name = "phasma-workers", version)]
pub struct Cli {
    #[command(flatten)]
    log: LogConfig,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Publish the outbox: from the write-ahead log to the topics.
    Relay(Box<RelayConfig>),
    /// Write feeds and notifications from the topics, and keep house.
    Consumers(Box<ConsumersConfig>),
    /// Make logins, topics, bucket and indexes; harmless to repeat.
    Provision(Box<ProvisionConfig>),
    /// Try a real connection to one service, and say why it fails.
    Check {
        /// The service to try.
        target: Target,
        #[command(flatten)]
        config: Box<CheckConfig>,
    },
}

impl Cli {
    /// Runs the role until it is done or told to stop.
    pub fn run(self) -> anyhow::Result<()> {
        telemetry::init_logs(&self.log.log)?;
        // Several libraries bring rustls; they all use this provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        match self.command {
            // The reader of the log is one task; librdkafka has threads of its own.
            Command::Relay(config) => {
                Builder::new_current_thread().enable_all().build()?.block_on(relay::run(*config))
            }
            Command::Consumers(config) => {
                Builder::new_multi_thread().enable_all().build()?.block_on(consumers::run(*config))
            }
            Command::Provision(config) => once(provision::run(*config)),
            Command::Check { target, config } => once(check::run(target, *config)),
        }
    }
}

/// Runs a job; the cause of its failure is left where Kubernetes shows it.
fn once(job: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(job).inspect_err(|error| termination::write(&format!("{error:#}")))
}
