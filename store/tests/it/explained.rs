//! What PostgreSQL itself says about the statements that ran: `auto_explain` writes their plans to the server's log.

use std::{fs, path::PathBuf};

use phasma_store::testing::{TestDatabase, required};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

const SERVICES: &str = "PHASMA_SERVICES_DIR";

/// Connections to one database whose statements are explained.
pub(crate) struct Explained {
    pub(crate) pool: PgPool,
    database: String,
}

/// A node of a plan that looked at rows.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) text: String,
    /// Rows it gave, and rows it looked at in vain, all loops together.
    pub(crate) rows: f64,
}

impl Explained {
    /// `settings` of PostgreSQL apply to its statements besides.
    pub(crate) fn new(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let options: PgConnectOptions = database.url.parse().unwrap();
        let options = options.options([
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_timing", "off"),
        ]);
        let options = options.options(settings.iter().copied());
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
        Self { pool, database: database.name.clone() }
    }

    /// The plans logged so far for this database.
    pub(crate) fn plans(&self) -> Vec<String> {
        let path = PathBuf::from(required(SERVICES)).join("log/postgres.log");
        let log = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        let ours = format!(" {} LOG: ", self.database);
        let mut plans = Vec::new();
        let mut reading = false;
        for line in log.lines() {
            if !line.starts_with('\t') {
                reading = line.contains(&ours) && line.contains(" plan:");
                if reading {
                    plans.push(String::new());
                }
            } else if reading && let Some(plan) = plans.last_mut() {
                plan.push_str(line);
                plan.push('\n');
            }
        }
        plans
    }
}

/// The nodes of a plan that read or sort.
pub(crate) fn nodes(plan: &str) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    for line in plan.lines() {
        if let Some((text, actual)) = line.split_once("(actual rows=") {
            let (rows, rest) = actual.split_once(" loops=").unwrap_or((actual, "1"));
            let loops: f64 = number(rest);
            nodes.push(Node { text: text.trim().to_owned(), rows: number(rows) * loops });
        } else if let Some((_, removed)) = line.split_once("Rows Removed by Filter: ")
            && let Some(node) = nodes.last_mut()
        {
            node.rows += number(removed);
        }
    }
    nodes
}

fn number(text: &str) -> f64 {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].parse().unwrap_or(0.0)
}
