//! A minimal HTTP/1 client for loopback: one connection per request, no redirects, no retries.

use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Longest wait for a connection on loopback.
const CONNECT: Duration = Duration::from_secs(2);
/// Longest wait for a whole answer; a slow instance may take its time.
const ANSWER: Duration = Duration::from_secs(30);
/// Largest answer that is passed on, in bytes.
const LARGEST: usize = 1 << 20;

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// Nobody listens there.
    #[error("connection refused")]
    Refused,
    /// The connection broke or the answer was unusable.
    #[error("{0}")]
    Broken(String),
    /// Nothing came in time.
    #[error("no answer in time")]
    TimedOut,
}

/// Asks one instance, and gives its whole answer.
pub(crate) async fn get(port: u16, path: &str) -> Result<http::Response<Bytes>, NoAnswer> {
    let request = Request::get(path).body(Full::default()).map_err(broken)?;
    send(port, request).await
}

/// Sends a request to a loopback port.
pub(super) async fn send(port: u16, mut request: Request<Full<Bytes>>) -> Result<http::Response<Bytes>, NoAnswer> {
    let host = format!("127.0.0.1:{port}");
    request.headers_mut().insert(http::header::HOST, host.parse().map_err(broken)?);
    let stream = tokio::time::timeout(CONNECT, TcpStream::connect(("127.0.0.1", port)))
        .await
        .map_err(|_| NoAnswer::TimedOut)?
        .map_err(|_| NoAnswer::Refused)?;
    let work = async {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let exchange = async {
            let (head, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
            let body = Limited::new(body, LARGEST).collect().await.map_err(broken)?.to_bytes();
            Ok(http::Response::from_parts(head, body))
        };
        tokio::pin!(exchange, connection);
        // The connection must be driven for the exchange to move; it ends by itself only when something broke.
        tokio::select! {
            biased;
            answer = &mut exchange => answer,
            _ = &mut connection => exchange.await,
        }
    };
    tokio::time::timeout(ANSWER, work).await.map_err(|_| NoAnswer::TimedOut)?
}

fn broken(error: impl std::fmt::Display) -> NoAnswer {
    NoAnswer::Broken(error.to_string())
}
