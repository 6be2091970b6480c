//! The database's certificate, as a client sees it. The server here speaks just enough of PostgreSQL's protocol.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use phasma_workers::provision::certificate;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig, ServerConnection,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use url::Url;

use crate::support::Installation;

/// A certificate authority, in a file.
struct Authority {
    key: KeyPair,
    params: CertificateParams,
    file: std::path::PathBuf,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let file = std::env::temp_dir().join(format!("{name}-{}.crt", uuid::Uuid::now_v7()));
        std::fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self { key, params, file }
    }

    /// A certificate for this machine: its fingerprint, and the server that shows it.
    fn issue(&self) -> (String, Arc<ServerConfig>) {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let der = CertificateDer::from(certificate.der().to_vec());
        let fingerprint = Sha256::digest(&der).iter().map(|byte| format!("{byte:02x}")).collect();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let server = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![der], key).unwrap();
        (fingerprint, Arc::new(server))
    }

    fn url(&self, port: u16) -> String {
        format!("postgres://owner@localhost:{port}/phasma?sslrootcert={}", self.file.display())
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Shows the first certificate to so many clients, and the second to all that follow. Returns its port, and the number
/// of clients so far.
fn serve(first: Arc<ServerConfig>, times: usize, second: Arc<ServerConfig>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("localhost:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let clients = Arc::new(AtomicUsize::new(0));
    let served = clients.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.read_exact(&mut [0; 8]).unwrap();
            stream.write_all(b"S").unwrap();
            let number = served.fetch_add(1, Ordering::SeqCst);
            let config = if number < times { first.clone() } else { second.clone() };
            let mut tls = ServerConnection::new(config).unwrap();
            // A client that refuses the certificate ends the handshake.
            while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
        }
    });
    (port, clients)
}

fn prepare() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[test]
fn a_client_sees_the_certificate_that_is_shown() {
    prepare();
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let (fingerprint, server) = ours.issue();
    let (port, _) = serve(server.clone(), 1, server);
    let seen = |url: String| certificate::fingerprint(&Url::parse(&url).unwrap());
    assert_eq!(seen(ours.url(port)).unwrap(), fingerprint);
    let refusal = seen(other.url(port)).unwrap_err();
    assert!(format!("{refusal:#}").contains("refused"), "{refusal:#}");
}

#[tokio::test]
async fn provisioning_waits_until_the_renewed_certificate_is_shown() {
    prepare();
    let installation = Installation::without_topics().await;
    let authority = Authority::new("ours");
    let ((_, old), (renewed, new)) = (authority.issue(), authority.issue());
    let (port, clients) = serve(old, 2, new);
    let mut database = PgConnection::connect(&installation.database.url).await.unwrap();
    certificate::provision(&mut database, &authority.url(port), &renewed).await.unwrap();
    assert_eq!(clients.load(Ordering::SeqCst), 3);
    database.close().await.unwrap();
    installation.remove().await;
}
