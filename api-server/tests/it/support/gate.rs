//! A way to a service that can be cut and restored, and that counts round trips.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
};
use url::Url;

/// A listener before one service. Closed, it cuts what goes through and refuses what is new, as a service that is down.
pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    target: String,
    open: watch::Sender<bool>,
    questions: Arc<AtomicUsize>,
}

impl Gate {
    /// Before the service at `url`.
    pub(crate) async fn before(url: &str) -> Self {
        let url = Url::parse(url).unwrap();
        let port = url.port_or_known_default().unwrap();
        let target = format!("{}:{port}", url.host_str().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let gate = Self { address, target, open: watch::Sender::new(true), questions: Arc::default() };
        gate.let_in(listener);
        gate
    }

    /// `url` by way of this gate.
    pub(crate) fn url(&self, url: &str) -> String {
        let mut url = Url::parse(url).unwrap();
        url.set_ip_host(self.address.ip()).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.to_string().trim_end_matches('/').to_owned()
    }

    pub(crate) fn close(&self) {
        self.open.send_replace(false);
    }

    /// Cuts every connection, and takes new ones at once.
    pub(crate) async fn cut(&self) {
        self.close();
        self.reopen().await;
    }

    pub(crate) async fn reopen(&self) {
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        self.open.send_replace(true);
        self.let_in(listener);
    }

    /// How often a client asked and waited for an answer since the last call.
    pub(crate) fn take_round_trips(&self) -> usize {
        self.questions.swap(0, Ordering::SeqCst)
    }

    fn let_in(&self, listener: TcpListener) {
        let (target, open, questions) = (self.target.clone(), self.open.subscribe(), self.questions.clone());
        tokio::spawn(async move {
            let mut closed = open.clone();
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    _ = closed.wait_for(|open| !open) => return,
                };
                let (Ok((client, _)), Ok(server)) = (accepted, TcpStream::connect(&target).await) else {
                    continue;
                };
                tokio::spawn(pass(client, server, open.clone(), questions.clone()));
            }
        });
    }
}

/// Copies both ways until either side ends or the gate closes.
async fn pass(
    client: TcpStream,
    server: TcpStream,
    mut open: watch::Receiver<bool>,
    questions: Arc<AtomicUsize>,
) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let answered = AtomicUsize::new(1);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let asking = copy(from_client, to_server, || {
        if answered.swap(0, Ordering::SeqCst) == 1 {
            questions.fetch_add(1, Ordering::SeqCst);
        }
    });
    let answering = copy(from_server, to_client, || answered.store(1, Ordering::SeqCst));
    tokio::select! {
        () = asking => {}
        () = answering => {}
        _ = open.wait_for(|open| !open) => {}
    }
}

async fn copy(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, seen: impl Fn()) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        seen();
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
