//! The cache (Dragonfly, or Valkey on a development machine). Everything in it may vanish at any time: callers
//! fall back when it is away, and learn that at once instead of waiting.

use std::time::Duration;

use fred::{
    clients::Client,
    error::{Error, ErrorKind},
    interfaces::ClientLike,
    types::{
        Builder,
        config::{Config, ReconnectPolicy, TlsConfig},
        scripts::Script,
    },
};

use super::authority::Authority;

/// No command waits longer.
const COMMAND_TIMEOUT: Duration = Duration::from_millis(250);

/// One multiplexed connection that reopens itself.
#[derive(Clone)]
pub struct Cache {
    client: Client,
}

impl Cache {
    /// Starts connecting to `url` in the background; needs a running async runtime. Trusts `authority`, or what the
    /// system does.
    pub fn connect(url: &str, authority: Option<Authority>) -> Result<Self, Error> {
        let mut config = Config::from_url(url)?;
        if let Some(authority) = authority {
            config.tls = Some(TlsConfig::from(authority.client_config()));
        }
        let client = Builder::from_config(config)
            .with_performance_config(|config| config.default_command_timeout = COMMAND_TIMEOUT)
            .with_connection_config(|config| {
                config.connection_timeout = Duration::from_secs(2);
                config.max_command_attempts = 1;
                config.tcp.nodelay = Some(true);
            })
            .set_policy(ReconnectPolicy::new_exponential(0, 100, 5_000, 2))
            .build()?;
        client.connect();
        Ok(Self { client })
    }

    /// Runs `script` atomically; its answer is a list of integers.
    pub async fn run(
        &self,
        script: &Script,
        keys: Vec<String>,
        arguments: Vec<String>,
    ) -> Result<Vec<i64>, Error> {
        self.connected()?;
        script.evalsha_with_reload(&self.client, keys, arguments).await
    }

    pub async fn ping(&self) -> Result<(), Error> {
        self.connected()?;
        self.client.ping::<()>(None).await
    }

    fn connected(&self) -> Result<(), Error> {
        if self.client.is_connected() { Ok(()) } else { Err(Error::new(ErrorKind::IO, "not connected")) }
    }
}
