//! HTTP as bytes, so that what no client would send can be sent.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Reply {
    /// The value of a header; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).unwrap_or_default()
    }

    pub(crate) fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }
}

/// Sends bytes, and reads what comes until the other side closes. Status 0 where nothing comes.
pub(crate) async fn raw(to: SocketAddr, bytes: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(to).await.unwrap();
    // Whoever is refused early may find the door closed while still sending.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    Reply::read(&answer)
}

/// A request with these further headers.
pub(crate) fn request(line: &str, host: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").as_bytes());
    }
    if !body.is_empty() {
        bytes.extend(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

/// A part of a form with files.
pub(crate) enum Part<'a> {
    Text(&'a str, &'a str),
    File(&'a str, &'a [u8]),
}

pub(crate) const BOUNDARY: &str = "----pilothouse7MA4YWxk";

/// A form with files.
pub(crate) fn multipart(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; ").as_bytes());
        match part {
            Part::Text(name, text) => body.extend(format!("name=\"{name}\"\r\n\r\n{text}").as_bytes()),
            Part::File(name, content) => {
                body.extend(format!("name=\"pictures\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n").as_bytes());
                body.extend(*content);
            }
        }
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}
