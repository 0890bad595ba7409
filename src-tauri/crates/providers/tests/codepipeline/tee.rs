//! A server before another one that passes everything on as it is, and remembers both sides.

use crate::contract::canned::{Seen, read};
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// A request and what was answered.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) request: Seen,
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// The running server.
pub(super) struct Tee {
    pub(super) url: String,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Tee {
    /// Starts before a server at a plain address.
    pub(super) async fn before(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let (target, log) = (target.to_owned(), Arc::clone(&exchanges));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, target.clone(), http.clone(), Arc::clone(&log)));
            }
        });
        Self { url, exchanges }
    }

    /// What has passed.
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }
}

async fn pass(mut stream: TcpStream, target: String, http: reqwest::Client, log: Arc<Mutex<Vec<Exchange>>>) {
    let Some(request) = read(&mut stream).await else { return };
    let mut call = http.request(request.method.parse().unwrap(), format!("{target}{}", request.path)).body(request.body.clone());
    // The name of the host too: the signature covers it.
    for (name, value) in &request.headers {
        call = call.header(name, value);
    }
    let answer = call.send().await.unwrap();
    let status = answer.status().as_u16();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    let body = answer.bytes().await.unwrap().to_vec();
    log.lock().unwrap().push(Exchange { request, status, body: body.clone() });
    let head = format!("HTTP/1.1 {status} Tee\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
    let _ = stream.shutdown().await;
}
