//! The programs as processes, as they run in production.

use std::{
    net::{SocketAddr, TcpListener},
    process::{Output, Stdio},
};

use reqwest::StatusCode;
use tokio::process::{Child, Command};

use super::{eventually, until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_phasma-workers");

/// Settings that the services' environment brings and a test opts into.
const OPTIONAL: [&str; 3] = ["PHASMA_S3_ENDPOINT", "PHASMA_SEARCH_URL", "PHASMA_DATABASE_URL"];

/// An address nobody listens on.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn command(arguments: &[&str], settings: &[(&str, String)]) -> Command {
    let mut command = Command::new(PROGRAM);
    for name in OPTIONAL {
        command.env_remove(name);
    }
    command.args(arguments).envs(settings.iter().map(|(name, value)| (name, value))).kill_on_drop(true);
    command
}

/// Runs a job to its end.
pub(crate) async fn job(arguments: &[&str], settings: &[(&str, String)]) -> Output {
    command(arguments, settings).output().await.unwrap()
}

/// A role that runs until it is stopped, or the test ends.
pub(crate) struct Role {
    child: Child,
    admin: SocketAddr,
}

impl Role {
    pub(crate) fn start(name: &str, settings: &[(&str, String)]) -> Self {
        let admin = free_address();
        let child = command(&[name], settings)
            .env("PHASMA_ADMIN_ADDRESS", admin.to_string())
            .stdout(Stdio::inherit())
            .spawn()
            .unwrap();
        Self { child, admin }
    }

    /// The status of one of the admin server's paths; `None` while nobody listens.
    pub(crate) async fn status(&self, path: &str) -> Option<StatusCode> {
        Some(reqwest::get(format!("http://{}{path}", self.admin)).await.ok()?.status())
    }

    pub(crate) async fn is_ready(&self) -> bool {
        self.status("/ready").await.is_some_and(|status| status.is_success())
    }

    pub(crate) async fn ready(&self) {
        until("the role is ready", || self.is_ready()).await;
    }

    pub(crate) async fn metrics(&self) -> String {
        let response = reqwest::get(format!("http://{}/metrics", self.admin)).await.unwrap();
        response.text().await.unwrap()
    }

    /// Waits until a line of the metrics starts with `name` and ends with `value`.
    pub(crate) async fn metric(&self, name: &str, value: &str) {
        eventually(&format!("{name} is {value}"), || async {
            self.status("/health").await?;
            self.metrics()
                .await
                .lines()
                .any(|line| line.starts_with(name) && line.ends_with(&format!(" {value}")))
                .then_some(())
        })
        .await;
    }

    /// As a crash of the machine would.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// As Kubernetes does; the program has to end well.
    pub(crate) async fn stop(mut self) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        assert!(self.child.wait().await.unwrap().success(), "the role did not end well");
    }
}
