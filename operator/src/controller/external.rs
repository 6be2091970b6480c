//! External services: the Secrets a resource names for them, and what those say.
//!
//! A Secret that is missing or malformed is no error of the pass: it becomes the message of that service's condition,
//! which says what a person has to put right and shows nothing of the content.

use std::collections::{BTreeMap, BTreeSet};

use phasma_crds::PhasmaSpec;
use phasma_crds::spec::{self, SecretRef};
use url::Url;

use super::model::{
    BrokerLogin, DataService, External, ExternalBroker, ExternalCache, ExternalDatabase,
    ExternalObjectStorage, ExternalSearch, Hidden,
};

/// Decoded content of a Secret.
pub type Content = BTreeMap<String, String>;

/// Content of every Secret that exists of those a resource names, by name.
pub type Secrets = BTreeMap<String, Content>;

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// Names of the Secrets that a resource's external services refer to.
pub fn named_secrets(spec: &PhasmaSpec) -> BTreeSet<&str> {
    let broker = spec.broker.external.as_ref();
    let references = [
        spec.database.external.as_ref().map(|external| &external.secret_ref),
        spec.cache.external.as_ref().map(|external| &external.secret_ref),
        spec.object_storage.external.as_ref().map(|external| &external.secret_ref),
        spec.search.external.as_ref().map(|external| &external.secret_ref),
        broker.and_then(|external| external.tls.ca_secret_ref.as_ref()),
        broker.and_then(|external| external.sasl.as_ref()).map(|sasl| &sasl.secret_ref),
    ];
    references.into_iter().flatten().map(|reference| reference.name.as_str()).collect()
}

/// The service of the spec's two sections: external if that one is there, managed if not.
pub(super) fn service<Managed, Section, Other>(
    section: Option<&Section>,
    read: impl FnOnce(&Section) -> Result<Other, String>,
    managed: impl FnOnce() -> Managed,
) -> DataService<Managed, Other> {
    match section.map(read) {
        Some(Ok(known)) => DataService::External(External::Known(known)),
        Some(Err(reason)) => DataService::External(External::Unusable(reason)),
        None => DataService::Managed(managed()),
    }
}

pub(super) fn database(
    external: &spec::ExternalDatabase,
    secrets: &Secrets,
) -> Result<ExternalDatabase, String> {
    let secret = Secret::find(secrets, &external.secret_ref, "spec.database.external.secretRef")?;
    let form = "postgres://user:password@host:port/database";
    let url = secret.url(&["postgres", "postgresql"], form)?;
    if url.path().len() < 2 {
        return Err(secret.expected("url", form));
    }
    let port = url.port().unwrap_or(5432);
    Ok(ExternalDatabase { url: Hidden(url), port, ca: secret.authority()? })
}

pub(super) fn cache(external: &spec::ExternalCache, secrets: &Secrets) -> Result<ExternalCache, String> {
    let secret = Secret::find(secrets, &external.secret_ref, "spec.cache.external.secretRef")?;
    let url = secret.url(&["redis", "rediss"], "redis://user:password@host:port or rediss://...")?;
    let ca = secret.authority()?;
    if ca.is_some() && url.scheme() == "redis" {
        return Err(format!("Secret {}: ca.crt is of use with a rediss:// url only", secret.name));
    }
    let port = url.port().unwrap_or(6379);
    Ok(ExternalCache { url: Hidden(url), port, ca })
}

pub(super) fn object_storage(
    external: &spec::ExternalObjectStorage,
    secrets: &Secrets,
) -> Result<ExternalObjectStorage, String> {
    let secret = Secret::find(secrets, &external.secret_ref, "spec.objectStorage.external.secretRef")?;
    Ok(ExternalObjectStorage {
        endpoint: external.endpoint.trim_end_matches('/').to_owned(),
        port: port_of(&external.endpoint, "spec.objectStorage.external.endpoint")?,
        region: external.region.clone(),
        bucket: external.bucket.clone(),
        access_key_id: secret.word("accessKeyId")?,
        secret_access_key: secret.word("secretAccessKey")?,
        ca: secret.authority()?,
    })
}

pub(super) fn search(external: &spec::ExternalSearch, secrets: &Secrets) -> Result<ExternalSearch, String> {
    let secret = Secret::find(secrets, &external.secret_ref, "spec.search.external.secretRef")?;
    Ok(ExternalSearch {
        url: external.url.trim_end_matches('/').to_owned(),
        port: port_of(&external.url, "spec.search.external.url")?,
        master_key: secret.word("masterKey")?,
    })
}

pub(super) fn broker(external: &spec::ExternalBroker, secrets: &Secrets) -> Result<ExternalBroker, String> {
    let ca = match &external.tls.ca_secret_ref {
        Some(reference) => {
            let secret = Secret::find(secrets, reference, "spec.broker.external.tls.caSecretRef")?;
            Some(secret.authority()?.ok_or_else(|| secret.lacks("ca.crt"))?)
        }
        None => None,
    };
    Ok(ExternalBroker {
        ports: ports_of(&external.bootstrap_servers)?,
        bootstrap_servers: external.bootstrap_servers.join(","),
        tls: external.tls.enabled,
        ca,
        sasl: external.sasl.as_ref().map(|sasl| login(sasl, secrets)).transpose()?,
        topic_prefix: external.topic_prefix.clone(),
    })
}

fn login(sasl: &spec::BrokerSasl, secrets: &Secrets) -> Result<BrokerLogin, String> {
    let secret = Secret::find(secrets, &sasl.secret_ref, "spec.broker.external.sasl.secretRef")?;
    Ok(BrokerLogin {
        mechanism: sasl.mechanism,
        username: secret.word("username")?,
        password: secret.word("password")?,
    })
}

/// Each port once, in ascending order.
fn ports_of(servers: &[String]) -> Result<Vec<u16>, String> {
    let port = |server: &String| {
        let port = server.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        port.ok_or_else(|| format!("spec.broker.external.bootstrapServers: {server} is not host:port"))
    };
    Ok(servers.iter().map(port).collect::<Result<BTreeSet<_>, _>>()?.into_iter().collect())
}

fn port_of(url: &str, field: &str) -> Result<u16, String> {
    let url = Url::parse(url).map_err(|error| format!("{field}: {error}"))?;
    url.port_or_known_default().ok_or_else(|| format!("{field} has no port"))
}

/// Secrets as complete as the resource needs them, for showing what it becomes without a cluster.
pub(super) fn assumed(spec: &PhasmaSpec) -> Secrets {
    let mut secrets = Secrets::new();
    let mut assume = |reference: Option<&SecretRef>, content: &[(&str, &str)]| {
        let Some(reference) = reference else { return };
        let content = content.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
        secrets.entry(reference.name.clone()).or_default().extend(content);
    };
    let broker = spec.broker.external.as_ref();
    assume(
        spec.database.external.as_ref().map(|external| &external.secret_ref),
        &[("url", "postgres://owner@database.example/phasma")],
    );
    assume(
        spec.cache.external.as_ref().map(|external| &external.secret_ref),
        &[("url", "redis://cache.example")],
    );
    assume(
        spec.object_storage.external.as_ref().map(|external| &external.secret_ref),
        &[("accessKeyId", "id"), ("secretAccessKey", "key")],
    );
    assume(spec.search.external.as_ref().map(|external| &external.secret_ref), &[("masterKey", "key")]);
    assume(broker.and_then(|external| external.tls.ca_secret_ref.as_ref()), &[("ca.crt", CERTIFICATE)]);
    assume(
        broker.and_then(|external| external.sasl.as_ref()).map(|sasl| &sasl.secret_ref),
        &[("username", "user"), ("password", "password")],
    );
    secrets
}

/// A Secret that exists.
struct Secret<'a> {
    name: &'a str,
    content: &'a Content,
}

impl<'a> Secret<'a> {
    fn find(secrets: &'a Secrets, reference: &'a SecretRef, field: &str) -> Result<Self, String> {
        let name = reference.name.as_str();
        let content = secrets.get(name);
        content
            .map(|content| Self { name, content })
            .ok_or_else(|| format!("Secret {name} ({field}) does not exist"))
    }

    fn text(&self, key: &str) -> Result<&'a str, String> {
        let text = self.content.get(key).map_or("", |text| text.trim());
        if text.is_empty() { Err(self.lacks(key)) } else { Ok(text) }
    }

    /// A value of one line: it goes into an environment variable, and there into headers.
    fn word(&self, key: &str) -> Result<Hidden<String>, String> {
        let text = self.text(key)?;
        if text.chars().any(char::is_control) {
            return Err(self.expected(key, "one line"));
        }
        Ok(Hidden(text.to_owned()))
    }

    /// An address with a host and one of `schemes`, of the form that is told otherwise.
    fn url(&self, schemes: &[&str], form: &str) -> Result<Url, String> {
        let url = Url::parse(self.text("url")?)
            .map_err(|error| format!("Secret {}, key url: {error}; expected {form}", self.name))?;
        if !schemes.contains(&url.scheme()) || url.host_str().is_none_or(str::is_empty) {
            return Err(self.expected("url", form));
        }
        Ok(url)
    }

    /// The certificate authority, if the Secret brings one.
    fn authority(&self) -> Result<Option<String>, String> {
        match self.content.get("ca.crt") {
            Some(pem) if pem.contains(CERTIFICATE) => Ok(Some(pem.clone())),
            Some(_) => Err(self.expected("ca.crt", "a certificate in PEM")),
            None => Ok(None),
        }
    }

    fn lacks(&self, key: &str) -> String {
        format!("Secret {} has no key {key}", self.name)
    }

    fn expected(&self, key: &str, form: &str) -> String {
        format!("Secret {}, key {key}: expected {form}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn secrets(content: &[(&str, &str)]) -> Secrets {
        let content = content.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Secrets::from([("s".to_owned(), content.collect())])
    }

    fn section<T: serde::de::DeserializeOwned>(more: &Value) -> T {
        let mut section = json!({"secretRef": {"name": "s"}});
        for (field, value) in more.as_object().expect("a map") {
            section[field] = value.clone();
        }
        serde_json::from_value(section).expect("a section")
    }

    #[test]
    fn a_database_is_read_from_its_secret() {
        let url = secrets(&[("url", "postgres://o:p@db.example:6432/phasma\n")]);
        let found = database(&section(&json!({})), &url).expect("read");
        assert_eq!((found.port, found.url.0.host_str()), (6432, Some("db.example")));
    }

    #[test]
    fn what_is_wrong_with_a_secret_is_said_without_its_content() {
        let message = |secrets: &Secrets| database(&section(&json!({})), secrets).expect_err("refused");
        assert!(message(&Secrets::new()).contains("spec.database.external.secretRef) does not exist"));
        assert!(message(&secrets(&[])).contains("no key url"));
        assert!(message(&secrets(&[("url", " ")])).contains("no key url"));
        for bad in ["mysql://u:hidden@h/d", "postgres://u:hidden@h/", "postgres:///d", "hidden"] {
            let text = message(&secrets(&[("url", bad)]));
            assert!(text.starts_with("Secret s, key url") && !text.contains("hidden"), "{text}");
        }
        let text = message(&secrets(&[("url", "postgres://o@h/d"), ("ca.crt", "hidden")]));
        assert_eq!(text, "Secret s, key ca.crt: expected a certificate in PEM");
    }

    #[test]
    fn a_cache_speaks_redis() {
        let read = |url: &str| cache(&section(&json!({})), &secrets(&[("url", url)]));
        assert_eq!(read("redis://:pw@cache.example").expect("read").port, 6379);
        assert_eq!(read("rediss://cache.example:7000/2").expect("read").port, 7000);
        for bad in ["http://u:hidden@h", "redis://", "redis-cluster://h", "hidden"] {
            let text = read(bad).expect_err("refused");
            assert!(text.starts_with("Secret s, key url") && !text.contains("hidden"), "{text}");
        }
        let unused = secrets(&[("url", "redis://h"), ("ca.crt", CERTIFICATE)]);
        assert!(cache(&section(&json!({})), &unused).expect_err("refused").contains("rediss"));
    }

    #[test]
    fn object_storage_and_search_are_reached_at_the_port_of_their_address() {
        let keys = secrets(&[("accessKeyId", "id"), ("secretAccessKey", "key"), ("masterKey", "master")]);
        let storage = section(&json!({"endpoint": "https://s3.example/", "bucket": "photos"}));
        let storage = object_storage(&storage, &keys).expect("read");
        assert_eq!((storage.endpoint.as_str(), storage.port), ("https://s3.example", 443));
        assert_eq!(storage.region, "us-east-1");
        let engine = search(&section(&json!({"url": "http://search.example:7700/"})), &keys).expect("read");
        assert_eq!((engine.url.as_str(), engine.port), ("http://search.example:7700", 7700));
        let two_lines = secrets(&[("masterKey", "hidden\nhidden")]);
        let text = search(&section(&json!({"url": "http://s"})), &two_lines).expect_err("refused");
        assert_eq!(text, "Secret s, key masterKey: expected one line");
    }

    #[test]
    fn a_broker_is_reached_at_all_its_ports() {
        let external: spec::ExternalBroker = serde_json::from_value(json!({
            "bootstrapServers": ["b:9094", "a:9092", "c:9092"],
            "tls": {"caSecretRef": {"name": "s"}},
            "sasl": {"secretRef": {"name": "s"}},
        }))
        .expect("a section");
        let all = secrets(&[("username", "me"), ("password", "pw"), ("ca.crt", CERTIFICATE)]);
        let found = broker(&external, &all).expect("read");
        assert_eq!(found.ports, [9092, 9094]);
        assert_eq!(found.bootstrap_servers, "b:9094,a:9092,c:9092");
        assert_eq!(found.sasl.expect("a login").mechanism.as_str(), "SCRAM-SHA-512");
        let text = broker(&external, &secrets(&[("username", "me"), ("ca.crt", CERTIFICATE)]));
        assert_eq!(text.expect_err("refused"), "Secret s has no key password");
        let text = broker(&external, &secrets(&[])).expect_err("refused");
        assert_eq!(text, "Secret s has no key ca.crt");
        let impossible = spec::ExternalBroker { bootstrap_servers: vec!["a:70000".to_owned()], ..external };
        assert!(broker(&impossible, &all).expect_err("refused").contains("a:70000"));
    }

    #[test]
    fn every_reference_is_named() {
        let reference = |name: &str| json!({"secretRef": {"name": name}});
        let with = |name: &str, more: Value| {
            let mut section = reference(name);
            section.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
            section
        };
        let spec: PhasmaSpec = serde_json::from_value(json!({
            "version": "0.1.0",
            "exposure": {"url": "http://localhost"},
            "database": {"external": reference("a")},
            "cache": {"external": reference("b")},
            "objectStorage": {"external": with("c", json!({"endpoint": "http://s3", "bucket": "photos"}))},
            "search": {"external": with("d", json!({"url": "http://search"}))},
            "broker": {"external": {
                "bootstrapServers": ["h:1"], "tls": {"caSecretRef": {"name": "e"}}, "sasl": reference("f"),
            }},
        }))
        .expect("a spec");
        assert_eq!(Vec::from_iter(named_secrets(&spec)), ["a", "b", "c", "d", "e", "f"]);
    }
}
