//! Entry point: picks the allocator and hands over to the command line.

use std::process::ExitCode;

use clap::Parser;
use phasma_api::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::print_stderr, reason = "a failed start must be seen even where logs go nowhere")]
fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("phasma-api: {error:#}");
            ExitCode::FAILURE
        }
    }
}
