//! Entry point of the workers. Everything else is in the library.

use clap::Parser;
use phasma_workers::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    Cli::parse().run()
}
