//! The certificate that the database shows. A renewed one appears in the server's files within a minute or two; the
//! server reads them when it is told to. Here it is told until a client is shown the new one.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use phasma_store::logins;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use tokio::time::{Instant, sleep};
use url::Url;

/// The kubelet renews mounted files about once a minute. A Job that gives up is started again.
const LIMIT: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(5);
/// PostgreSQL's request to go on with TLS: length, and a number no version has.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Waits until the server at `url` shows the certificate whose SHA-256 is `wanted`.
pub async fn provision(database: &mut PgConnection, url: &str, wanted: &str) -> anyhow::Result<()> {
    let url = Url::parse(url).context("the address of the database is malformed")?;
    let deadline = Instant::now() + LIMIT;
    loop {
        let shown = shown(&url).await?;
        if shown == wanted {
            tracing::info!("the database shows the certificate it should");
            return Ok(());
        }
        if Instant::now() >= deadline {
            bail!("the database still shows the certificate {shown}, not {wanted}");
        }
        logins::reload_configuration(database)
            .await
            .context("the database can't be told to read its files")?;
        sleep(PAUSE).await;
    }
}

async fn shown(url: &Url) -> anyhow::Result<String> {
    let url = url.clone();
    tokio::task::spawn_blocking(move || fingerprint(&url)).await?
}

/// SHA-256 of the certificate that the server shows, once it is verified.
pub fn fingerprint(url: &Url) -> anyhow::Result<String> {
    let host = url.host_str().context("the address names no host")?;
    let port = url.port().unwrap_or(5432);
    let mut stream =
        TcpStream::connect((host, port)).with_context(|| format!("{host}:{port} can't be reached"))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(&SSL_REQUEST)?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    ensure!(answer == *b"S", "the database refuses TLS");
    let mut tls = ClientConnection::new(trusting(url)?, ServerName::try_from(host.to_owned())?)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut stream).context("the database's certificate is refused")?;
    }
    let shown =
        tls.peer_certificates().and_then(<[_]>::first).context("the database shows no certificate")?;
    Ok(Sha256::digest(shown).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Trusts what the address says to trust.
fn trusting(url: &Url) -> anyhow::Result<Arc<ClientConfig>> {
    let file = url.query_pairs().find(|(name, _)| name == "sslrootcert").map(|(_, value)| value.into_owned());
    let file = file.context("the address names no authority (sslrootcert)")?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&file).with_context(|| format!("reading {file}"))? {
        roots.add(certificate.with_context(|| format!("{file} is no certificate"))?)?;
    }
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}
