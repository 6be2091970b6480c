//! The Job that makes the broker's users and their rights with `rpk`, as the superuser. It may run any number of times.
//!
//! `rpk` takes the password of a new user as an argument only. The shell expands it from the environment, so it is in
//! no object; while the command runs, processes of that node's root can see it.

use std::fmt::Write as _;

use phasma_domain::contract::broker::{Operation, Resources, Right, SUPERUSER, User};
use phasma_domain::contract::ports;

use super::super::inputs::{Data, Inputs};
use super::super::names::Component;
use super::super::object::Object;
use super::super::pod::{self, CA_DIRECTORY, Pod};
use super::super::programs;
use super::super::workload;
use super::{MECHANISM, bootstrap, password};
use crate::controller::credentials::Credential;
use crate::controller::model::{Amounts, Brokers, Container, Platform};

const COMPONENT: Component = Component::BrokerUsers;

/// `user NAME PASSWORD`: makes the user, or gives the one there is this password.
const FUNCTION: &str = r#"user() {
  rpk security user create "$1" --new-password "$2" --mechanism SCRAM-SHA-512 ||
    rpk security user update "$1" --new-password "$2" --mechanism SCRAM-SHA-512
}
"#;

pub(super) fn inputs(platform: &Platform, inputs: &mut Inputs) {
    let value = |credential| platform.credentials.get(credential).to_owned();
    let mut data = Data::from([
        ("RPK_USER".to_owned(), SUPERUSER.to_owned()),
        ("RPK_PASS".to_owned(), value(Credential::BrokerPassword)),
    ]);
    data.extend(User::ALL.map(|user| (variable(user).to_owned(), value(password(user)))));
    inputs.secret(COMPONENT, platform.names.of(COMPONENT), data);
}

pub(in super::super) fn job(platform: &Platform, inputs: &Inputs, brokers: &Brokers) -> Object {
    let container = container(brokers);
    let mut pod = Pod::new(COMPONENT, &container);
    pod.command = ["/bin/sh", "-euc"].map(str::to_owned).to_vec();
    pod.args = vec![script()];
    pod.env = environment(platform, brokers);
    // With a new volume the users are gone.
    pod.env.push(programs::volumes(platform));
    pod.env_secret = Some(platform.names.of(COMPONENT));
    pod.mounts.push(pod::trust(platform));
    workload::job(platform, inputs, pod)
}

fn container(brokers: &Brokers) -> Container {
    let amounts = |cpu: &str, memory: &str| Amounts { cpu: cpu.to_owned(), memory: memory.to_owned() };
    Container {
        image: brokers.store.container.image.clone(),
        requests: amounts("25m", "48Mi"),
        limits: amounts("1", "192Mi"),
    }
}

/// `rpk` finds out itself which broker takes changes of users, so it has to know all.
fn environment(platform: &Platform, brokers: &Brokers) -> Vec<(&'static str, String)> {
    let admin = |ordinal| format!("{}:{}", platform.names.broker(ordinal), ports::BROKER_ADMIN);
    let hosts: Vec<_> = (0..brokers.replicas).map(admin).collect();
    let ca = format!("{CA_DIRECTORY}/ca.crt");
    vec![
        ("HOME", "/tmp".to_owned()),
        ("RPK_ADMIN_HOSTS", hosts.join(",")),
        ("RPK_ADMIN_TLS_CA", ca.clone()),
        ("RPK_ADMIN_TLS_ENABLED", "true".to_owned()),
        ("RPK_BROKERS", bootstrap(platform)),
        ("RPK_SASL_MECHANISM", MECHANISM.to_owned()),
        ("RPK_TLS_CA", ca),
        ("RPK_TLS_ENABLED", "true".to_owned()),
    ]
}

/// Variable with a user's password.
fn variable(user: User) -> &'static str {
    match user {
        User::Provision => "PROVISION_PASSWORD",
        User::Relay => "RELAY_PASSWORD",
        User::Consumers => "CONSUMERS_PASSWORD",
        User::Connect => "CONNECT_PASSWORD",
    }
}

fn script() -> String {
    let mut script = FUNCTION.to_owned();
    for user in User::ALL {
        let _ = writeln!(script, "user {} \"${}\"", user.name(), variable(user));
        for right in user.rights() {
            let _ = writeln!(script, "{}", allow(user, &right));
        }
    }
    script
}

fn allow(user: User, right: &Right) -> String {
    let operations: Vec<_> = right.operations.iter().copied().map(Operation::as_str).collect();
    let on = match &right.on {
        Resources::Topics(names) => format!("--topic {}", names.join(",")),
        Resources::Groups(names) => format!("--group {}", names.join(",")),
        Resources::Cluster => "--cluster".to_owned(),
    };
    let (name, operations) = (user.name(), operations.join(","));
    format!("rpk security acl create --allow-principal User:{name} --operation {operations} {on}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_and_every_right_is_in_the_script() {
        let script = script();
        for user in User::ALL {
            assert!(script.contains(&format!("user {} ", user.name())), "{script}");
        }
        assert!(
            script.contains(
                "rpk security acl create --allow-principal User:phasma-connect --operation read,describe \
                 --group search-sync,blob-cleanup\n"
            ),
            "{script}"
        );
    }

    #[test]
    fn names_need_no_quotes() {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-.,_:$\"() {}|\n".contains(c);
        assert!(script().chars().all(plain), "{}", script());
    }
}
