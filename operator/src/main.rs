//! Entry point: `phasma-operator run|crd|render`.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    phasma_operator::cli::main().await
}
