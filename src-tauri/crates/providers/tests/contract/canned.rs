//! A server that gives canned answers and remembers what it was asked, down to each header line. Written on bare sockets so that it
//! can also hang up or stay silent at any point.

use pilothouse_domain::connection::{Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::{ConnectionId, Timestamp};
use pilothouse_engine::ports::provider::{Provider, ProviderRegistry};
use pilothouse_providers::{CallOptions, Registry};
use secrecy::SecretString;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The token of every test.
pub(crate) const TOKEN: &str = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// All lines of a header.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What the server does with a request.
pub(crate) enum Reply {
    /// Answers.
    With { status: u16, headers: Vec<(&'static str, String)>, body: Vec<u8> },
    /// Reads the request and hangs up.
    HangUp,
    /// Announces a body and hangs up before it is sent.
    HalfAnswer { status: u16 },
    /// Never answers.
    Silence,
}

/// An answer with a JSON body.
pub(crate) fn json(status: u16, body: &Value) -> Reply {
    with(status, &[], body.to_string().as_str())
}

/// An answer.
pub(crate) fn with(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reply {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Reply::With { status, headers, body: body.as_bytes().to_vec() }
}

/// The running server.
pub(crate) struct Canned {
    /// Its base URL.
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Canned {
    /// Starts a server that answers each request as `answer` says; the number counts from 0.
    pub(crate) async fn start(answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&log), Arc::clone(&answer)));
            }
        });
        Self { url, seen }
    }

    /// What was asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Those of a method.
    pub(crate) fn seen_of(&self, method: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.method == method).collect()
    }

    /// A client for it.
    pub(crate) fn provider(&self) -> Arc<dyn Provider> {
        connect(&self.url)
    }
}

async fn serve(mut stream: TcpStream, log: Arc<Mutex<Vec<Seen>>>, answer: Arc<impl Fn(&Seen, usize) -> Reply>) {
    let Some(seen) = read(&mut stream).await else { return };
    let reply = {
        let mut log = log.lock().unwrap();
        let reply = answer(&seen, log.len());
        log.push(seen);
        reply
    };
    match reply {
        Reply::With { status, headers, body } => {
            let mut head = format!("HTTP/1.1 {status} Canned\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
            if !headers.iter().any(|(name, _)| *name == "content-type") {
                head.push_str("content-type: application/json; charset=utf-8\r\n");
            }
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let _ = stream.write_all(format!("{head}\r\n").as_bytes()).await;
            let _ = stream.write_all(&body).await;
            let _ = stream.shutdown().await;
        }
        Reply::HangUp => drop(stream),
        Reply::HalfAnswer { status } => {
            let head = format!("HTTP/1.1 {status} Canned\r\ncontent-length: 4096\r\n\r\n{{\"wor");
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Reply::Silence => {
            // Ends when the client gives up and closes.
            let _ = stream.read(&mut [0; 64]).await;
        }
    }
}

/// Reads a request.
pub(crate) async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length")).map_or(0, |(_, v)| v.parse().unwrap());
    let mut body = bytes[head_end + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Seen { method, path, headers, body })
}

/// Bounds that make a test's waiting short.
pub(crate) fn fast() -> CallOptions {
    CallOptions {
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(5),
        call_timeout: Duration::from_secs(5),
        download_timeout: Duration::from_secs(5),
        retry_pause: Duration::from_millis(1),
        log_limit_bytes: 64 * 1024,
    }
}

/// A client for a base URL.
pub(crate) fn connect(base_url: &str) -> Arc<dyn Provider> {
    connect_with(&Registry::new(fast()), base_url)
}

/// A client for a base URL, from a registry.
pub(crate) fn connect_with(registry: &Registry, base_url: &str) -> Arc<dyn Provider> {
    registry.connect(&connection(base_url), SecretString::from(TOKEN)).unwrap()
}

/// A connection to a base URL.
pub(crate) fn connection(base_url: &str) -> Connection {
    connection_of(ProviderKind::Github, base_url)
}

/// A connection of a kind to a base URL.
pub(crate) fn connection_of(kind: ProviderKind, base_url: &str) -> Connection {
    Connection {
        id: ConnectionId::new(uuid::Uuid::from_u128(7)),
        revision: 0,
        kind,
        name: "Canned".into(),
        base_url: base_url.to_owned(),
        settings: ConnectionSettings::default(),
        status: ConnectionStatus::Unverified,
        created_at: Timestamp::from_micros(0).unwrap(),
    }
}
