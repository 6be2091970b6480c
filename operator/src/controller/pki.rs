//! The resource's own certificate authority and the leaf certificates of the services that speak TLS.
//!
//! The authority lives ten years and is replaced in its last, leaves live 90 days and are renewed 30 days before they
//! end. Everything is kept in one Secret; the day to renew is kept beside each, so no certificate has to be parsed.
//! A new authority is trusted by everyone before it signs anything, and the old one until nothing of it is served.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use sha2::{Digest, Sha256};
use thiserror::Error;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::build::names::Component;
use super::rotation::Step;

const AUTHORITY_LIFETIME: Duration = Duration::days(3650);
/// A year is enough for an operator that was away.
const AUTHORITY_RENEWAL: Duration = Duration::days(3285);
const LEAF_LIFETIME: Duration = Duration::days(90);
const LEAF_RENEWAL: Duration = Duration::days(60);
/// Clocks of nodes differ.
const BACKDATE: Duration = Duration::hours(1);

const AUTHORITY_CERTIFICATE: &str = "ca.crt";
const AUTHORITY_KEY: &str = "ca.key";
const AUTHORITY_NAME: &str = "ca.name";
const AUTHORITY_RENEW_AFTER: &str = "ca.renew-after";
/// Before the keys of the authority that will sign next.
const NEXT: &str = "next-";
const NEXT_CERTIFICATE: &str = "next-ca.crt";
/// Certificate of the authority that signed before.
const PREVIOUS_CERTIFICATE: &str = "previous-ca.crt";
/// What of an authority is kept.
const AUTHORITY: [&str; 4] = [AUTHORITY_CERTIFICATE, AUTHORITY_KEY, AUTHORITY_NAME, AUTHORITY_RENEW_AFTER];

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
            make_authority(&mut data, "", format!("Phasma {instance}"), now)?;
        }
        data.entry(AUTHORITY_RENEW_AFTER.to_owned()).or_insert_with(|| written(now + AUTHORITY_RENEWAL));
        for leaf in leaves {
            if is_due(&data, leaf, now) {
                issue(&mut data, leaf, instance, now)?;
            }
        }
        Ok(Self(data))
    }

    /// Goes with a rotation into `step`; the same again if it already did.
    pub fn follow(
        self,
        step: Step,
        leaves: &[Leaf],
        instance: &str,
        now: OffsetDateTime,
    ) -> Result<Self, PkiError> {
        let Self(mut data) = self;
        match step {
            Step::Prepare if !data.contains_key(NEXT_CERTIFICATE) => {
                let name = format!("Phasma {instance} {}", now.unix_timestamp());
                make_authority(&mut data, NEXT, name, now)?;
            }
            Step::Switch if data.contains_key(NEXT_CERTIFICATE) => {
                promote(&mut data);
                for leaf in leaves {
                    issue(&mut data, leaf, instance, now)?;
                }
            }
            Step::Prepare | Step::Switch => {}
            Step::Retire | Step::Idle => {
                data.retain(|key, _| key != PREVIOUS_CERTIFICATE && !key.starts_with(NEXT));
            }
        }
        Ok(Self(data))
    }

    /// Certificates of the authorities to trust, PEM. More than one during a rotation.
    pub fn trusted(&self) -> String {
        let kept = [AUTHORITY_CERTIFICATE, NEXT_CERTIFICATE, PREVIOUS_CERTIFICATE];
        kept.iter().filter_map(|key| self.0.get(*key)).map(String::as_str).collect()
    }

    /// The day to replace the authority has come.
    pub fn authority_is_due(&self, now: OffsetDateTime) -> bool {
        time_of(&self.0, AUTHORITY_RENEW_AFTER).is_some_and(|day| day <= now)
    }

    /// SHA-256 of a component's certificate, in hexadecimal: what a client sees of it. `None` without one.
    pub fn fingerprint(&self, component: Component) -> Option<String> {
        let (certificate, _) = self.leaf(component);
        let body: String = certificate.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(body).ok()?;
        (!der.is_empty()).then(|| Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect())
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

/// Makes an authority; its keys in `data` get the prefix. No two share a name, so that clients tell them apart.
fn make_authority(
    data: &mut BTreeMap<String, String>,
    prefix: &str,
    name: String,
    now: OffsetDateTime,
) -> Result<(), PkiError> {
    let key = KeyPair::generate()?;
    let mut params = authority_params(&name)?;
    params.not_before = now - BACKDATE;
    params.not_after = now + AUTHORITY_LIFETIME;
    for (field, value) in [
        (AUTHORITY_CERTIFICATE, params.self_signed(&key)?.pem()),
        (AUTHORITY_KEY, key.serialize_pem()),
        (AUTHORITY_NAME, name),
        (AUTHORITY_RENEW_AFTER, written(now + AUTHORITY_RENEWAL)),
    ] {
        data.insert(format!("{prefix}{field}"), value);
    }
    Ok(())
}

/// The next authority takes the place of the present one, which stays trusted.
fn promote(data: &mut BTreeMap<String, String>) {
    if let Some(previous) = data.get(AUTHORITY_CERTIFICATE).cloned() {
        data.insert(PREVIOUS_CERTIFICATE.to_owned(), previous);
    }
    for field in AUTHORITY {
        if let Some(value) = data.remove(&format!("{NEXT}{field}")) {
            data.insert(field.to_owned(), value);
        }
    }
}

fn time_of(data: &BTreeMap<String, String>, key: &str) -> Option<OffsetDateTime> {
    data.get(key).and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok())
}

fn written(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

fn authority_params(name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// A leaf is due when it is missing, was made for other names, or its day has come.
fn is_due(data: &BTreeMap<String, String>, leaf: &Leaf, now: OffsetDateTime) -> bool {
    let component = leaf.component;
    let renew = time_of(data, &format!("{component}.renew-after"));
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
    let name = data.get(AUTHORITY_NAME).cloned().unwrap_or_else(|| format!("Phasma {instance}"));
    let issuer = Issuer::new(authority_params(&name)?, KeyPair::from_pem(authority)?);
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(leaf.hosts.clone())?;
    params.distinguished_name.push(DnType::CommonName, leaf.component.as_str());
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = uses(leaf.component);
    params.not_before = now - BACKDATE;
    params.not_after = now + LEAF_LIFETIME;
    let certificate = params.signed_by(&key, &issuer)?.pem();
    let renew = written(now + LEAF_RENEWAL);
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
        assert_eq!(first.trusted(), renewed.trusted());
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

    fn follow(pki: &Pki, step: Step) -> Pki {
        pki.clone().follow(step, &leaves("db"), "p", now()).expect("followed")
    }

    #[test]
    fn a_new_authority_is_trusted_before_it_signs_and_the_old_one_until_all_is_served_anew() {
        let component = Component::Postgres;
        let before = Pki::complete(BTreeMap::new(), &leaves("db"), "p", now()).expect("made");
        let prepared = follow(&before, Step::Prepare);
        assert_eq!(prepared.leaf(component), before.leaf(component));
        assert!(prepared.trusted().starts_with(&before.trusted()));
        let switched = follow(&prepared, Step::Switch);
        assert_ne!(switched.fingerprint(component), before.fingerprint(component));
        let sorted = |pki: &Pki| {
            let mut lines: Vec<String> = pki.trusted().lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&switched), sorted(&prepared));
        let retired = follow(&switched, Step::Retire);
        assert!(switched.trusted().starts_with(&retired.trusted()));
        assert_ne!(retired.trusted(), before.trusted());
        assert_eq!(follow(&retired, Step::Idle), retired);
        assert_eq!(retired.data().len(), before.data().len());
    }

    #[test]
    fn each_step_is_taken_once_however_often_it_is_seen() {
        let mut pki = Pki::complete(BTreeMap::new(), &leaves("db"), "p", now()).expect("made");
        for step in [Step::Prepare, Step::Switch, Step::Retire, Step::Idle] {
            pki = follow(&pki, step);
            assert_eq!(follow(&pki, step), pki, "{step:?}");
            let again = Pki::complete(pki.data().clone(), &leaves("db"), "p", now()).expect("kept");
            assert_eq!(again, pki, "{step:?}");
        }
    }

    #[test]
    fn the_authority_is_due_in_its_last_year() {
        let pki = Pki::complete(BTreeMap::new(), &[], "p", now()).expect("made");
        assert!(!pki.authority_is_due(now() + Duration::days(3284)));
        assert!(pki.authority_is_due(now() + AUTHORITY_RENEWAL));
        let renewed = follow(&follow(&follow(&pki, Step::Prepare), Step::Switch), Step::Retire);
        assert!(!renewed.authority_is_due(now()));
    }

    #[test]
    fn a_fingerprint_is_of_the_certificate_itself() {
        let first = Pki::complete(BTreeMap::new(), &leaves("db"), "p", now()).expect("made");
        assert_eq!(first.fingerprint(Component::Postgres).map(|text| text.len()), Some(64));
        assert_eq!(first.fingerprint(Component::Redpanda), None);
    }
}
