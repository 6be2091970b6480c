//! Entry point of the workers. Everything else is in the library.

use std::{
    io::{Write, stderr},
    process::ExitCode,
};

use clap::Parser;
use phasma_workers::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let Err(error) = Cli::parse().run() else { return ExitCode::SUCCESS };
    // One line, whatever RUST_BACKTRACE says: it is read by people who run the platform.
    let _ = writeln!(stderr(), "{error:#}");
    ExitCode::FAILURE
}
