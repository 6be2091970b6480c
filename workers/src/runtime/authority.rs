//! Certificate authorities of services whose certificates are not publicly trusted.

use std::{fs, io};

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error("the certificate authority {file} can't be read: {source}")]
    Unreadable { file: String, source: io::Error },
    #[error("the certificate authority {file} is no certificate in PEM")]
    Malformed { file: String },
}

/// The certificates of a PEM file: at least one, and each can be a root.
pub struct Authority {
    file: String,
    pem: Vec<u8>,
    roots: RootCertStore,
}

impl Authority {
    pub fn read(file: &str) -> Result<Self, AuthorityError> {
        let unreadable = |source| AuthorityError::Unreadable { file: file.to_owned(), source };
        let pem = fs::read(file).map_err(unreadable)?;
        let roots = roots(&pem).ok_or_else(|| AuthorityError::Malformed { file: file.to_owned() })?;
        Ok(Self { file: file.to_owned(), pem, roots })
    }

    /// For clients that take rustls as it is. Trusts this authority only.
    pub fn client_config(self) -> ClientConfig {
        ClientConfig::builder().with_root_certificates(self.roots).with_no_client_auth()
    }

    /// For the S3 client. Trusts this authority only.
    pub fn tls_context(self) -> Result<TlsContext, AuthorityError> {
        let trust = TrustStore::empty().with_pem_certificate(self.pem);
        let context = TlsContext::builder().with_trust_store(trust).build();
        context.map_err(|_| AuthorityError::Malformed { file: self.file })
    }
}

fn roots(pem: &[u8]) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.ok()?).ok()?;
    }
    (!roots.is_empty()).then_some(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused() {
        for bad in [
            "",
            "no PEM",
            "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        ] {
            assert!(roots(bad.as_bytes()).is_none(), "{bad}");
        }
        let error = Authority::read("/nowhere/ca.crt").err().map(|error| error.to_string());
        assert!(error.is_some_and(|text| text.contains("/nowhere/ca.crt")));
    }
}
