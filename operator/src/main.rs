//! Entry point: `phasma-operator run|crd|render|metrics`.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    phasma_operator::cli::main().await
}
