//! The resource's own certificate authority and the leaf certificates of the services that speak TLS.
//!
//! The authority lives ten years, leaves 90 days and are renewed 30 days before they end. Everything is kept in one
//! Secret; the day to renew is kept beside each leaf, so no certificate has to be parsed.

use std::collections::BTreeMap;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use thiserror::Error;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::build::names::Component;

const AUTHORITY_LIFETIME: Duration = Duration::days(3650);
const LEAF_LIFETIME: Duration = Duration::days(90);
const LEAF_RENEWAL: Duration = Duration::days(60);
/// Clocks of nodes differ.
const BACKDATE: Duration = Duration::hours(1);

const AUTHORITY_CERTIFICATE: &str = "ca.crt";
const AUTHORITY_KEY: &str = "ca.key";

#[derive(Debug, Error)]
pub enum PkiError {
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("the kept authority is incomplete: key {0} is missing")]
    Incomplete(&'static str),
}

/// A service with a certificate: the component and the names clients call it by.
pub struct Leaf {
    pub component: Component,
    pub hosts: Vec<String>,
}

/// Authority and leaves, complete and in date.
#[derive(Clone, PartialEq)]
pub struct Pki(BTreeMap<String, String>);

impl Pki {
    /// Takes what a Secret holds, makes what it lacks and renews what is due at `now`.
    pub fn complete(
        mut data: BTreeMap<String, String>,
        leaves: &[Leaf],
        instance: &str,
        now: OffsetDateTime,
    ) -> Result<Self, PkiError> {
        if data.is_empty() {
            make_authority(&mut data, instance, now)?;
        }
        for leaf in leaves {
            if is_due(&data, leaf, now) {
                issue(&mut data, leaf, instance, now)?;
            }
        }
        Ok(Self(data))
    }

    /// Certificate of the authority, PEM.
    pub fn authority(&self) -> &str {
        self.0.get(AUTHORITY_CERTIFICATE).map_or("", String::as_str)
    }

    /// Certificate and key of a component, PEM.
    pub fn leaf(&self, component: Component) -> (&str, &str) {
        let field = |name: &str| self.0.get(&format!("{component}.{name}")).map_or("", String::as_str);
        (field("crt"), field("key"))
    }

    /// The content of the Secret.
    pub fn data(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl std::fmt::Debug for Pki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pki(..)")
    }
}

fn make_authority(
    data: &mut BTreeMap<String, String>,
    instance: &str,
    now: OffsetDateTime,
) -> Result<(), PkiError> {
    let key = KeyPair::generate()?;
    let mut params = authority_params(instance)?;
    params.not_before = now - BACKDATE;
    params.not_after = now + AUTHORITY_LIFETIME;
    data.insert(AUTHORITY_CERTIFICATE.to_owned(), params.self_signed(&key)?.pem());
    data.insert(AUTHORITY_KEY.to_owned(), key.serialize_pem());
    Ok(())
}

fn authority_params(instance: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.distinguished_name.push(DnType::CommonName, format!("Phasma {instance}"));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// A leaf is due when it is missing, was made for other names, or its day has come.
fn is_due(data: &BTreeMap<String, String>, leaf: &Leaf, now: OffsetDateTime) -> bool {
    let component = leaf.component;
    let renew = data.get(&format!("{component}.renew-after"));
    let renew = renew.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    let hosts = data.get(&format!("{component}.hosts"));
    renew.is_none_or(|day| day <= now)
        || hosts != Some(&leaf.hosts.join(","))
        || !data.contains_key(&format!("{component}.key"))
}

fn issue(
    data: &mut BTreeMap<String, String>,
    leaf: &Leaf,
    instance: &str,
    now: OffsetDateTime,
) -> Result<(), PkiError> {
    let authority = data.get(AUTHORITY_KEY).ok_or(PkiError::Incomplete(AUTHORITY_KEY))?;
    let issuer = Issuer::new(authority_params(instance)?, KeyPair::from_pem(authority)?);
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(leaf.hosts.clone())?;
    params.distinguished_name.push(DnType::CommonName, leaf.component.as_str());
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = uses(leaf.component);
    params.not_before = now - BACKDATE;
    params.not_after = now + LEAF_LIFETIME;
    let certificate = params.signed_by(&key, &issuer)?.pem();
    let renew = (now + LEAF_RENEWAL).format(&Rfc3339).unwrap_or_default();
    for (field, value) in [
        ("crt", certificate),
        ("key", key.serialize_pem()),
        ("hosts", leaf.hosts.join(",")),
        ("renew-after", renew),
    ] {
        data.insert(format!("{}.{field}", leaf.component), value);
    }
    Ok(())
}

/// Brokers show their certificate also when they call each other.
fn uses(component: Component) -> Vec<ExtendedKeyUsagePurpose> {
    let client = (component == Component::Redpanda).then_some(ExtendedKeyUsagePurpose::ClientAuth);
    std::iter::once(ExtendedKeyUsagePurpose::ServerAuth).chain(client).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(host: &str) -> Vec<Leaf> {
        vec![Leaf { component: Component::Postgres, hosts: vec![host.to_owned()] }]
    }

    fn now() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
    }

    #[test]
    fn a_complete_one_is_left_alone_until_its_leaves_are_due() {
        let first = Pki::complete(BTreeMap::new(), &leaves("db"), "p", now()).expect("made");
        let later = now() + Duration::days(59);
        let same = Pki::complete(first.data().clone(), &leaves("db"), "p", later).expect("kept");
        assert_eq!(first, same);
        let due = now() + Duration::days(60);
        let renewed = Pki::complete(first.data().clone(), &leaves("db"), "p", due).expect("renewed");
        assert_eq!(first.authority(), renewed.authority());
        assert_ne!(first.leaf(Component::Postgres), renewed.leaf(Component::Postgres));
    }

    #[test]
    fn a_leaf_for_other_names_is_made_anew() {
        let first = Pki::complete(BTreeMap::new(), &leaves("db"), "p", now()).expect("made");
        let second = Pki::complete(first.data().clone(), &leaves("other"), "p", now()).expect("made");
        assert_ne!(first.leaf(Component::Postgres), second.leaf(Component::Postgres));
    }

    #[test]
    fn a_lost_authority_key_is_an_error_not_a_new_authority() {
        let mut data = Pki::complete(BTreeMap::new(), &[], "p", now()).expect("made").data().clone();
        data.remove(AUTHORITY_KEY);
        let error = Pki::complete(data, &leaves("db"), "p", now()).expect_err("refused");
        assert!(error.to_string().contains("ca.key"));
    }
}
