//! A proxy that connects to this machine whatever name it is asked for: by `CONNECT` (RFC 9110, section 9.3.6) or SOCKS 5 (RFC 1928).

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Runs until it is dropped.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// A proxy; where `password` is given (`user:password`), for who gives it.
    pub(crate) async fn start(password: Option<&str>) -> Self {
        use base64::Engine as _;
        let wanted = password.map(|text| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (wanted, kept) = (wanted.clone(), Arc::clone(&kept));
                tokio::spawn(async move {
                    let mut first = [0];
                    let Ok(1) = stream.peek(&mut first).await else { return };
                    if first[0] == 5 { socks(stream, &kept).await } else { tunnel(stream, wanted.as_deref(), &kept).await }
                });
            }
        });
        Self { port, asked, task }
    }

    /// What it was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn tunnel(mut stream: TcpStream, wanted: Option<&str>, asked: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split_whitespace().nth(1).unwrap().to_owned();
    let given = head.lines().find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization")));
    if wanted.is_some() && given.map(|(_, value)| value) != wanted {
        let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await;
        return;
    }
    let port: u16 = target.rsplit_once(':').unwrap().1.parse().unwrap();
    asked.lock().unwrap().push(target);
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.unwrap();
    let _ = copy_bidirectional(&mut stream, &mut server).await;
}

async fn socks(mut stream: TcpStream, asked: &Mutex<Vec<String>>) {
    let mut greeting = [0; 2];
    stream.read_exact(&mut greeting).await.unwrap();
    let mut methods = vec![0; greeting[1].into()];
    stream.read_exact(&mut methods).await.unwrap();
    stream.write_all(&[5, 0]).await.unwrap();
    let mut request = [0; 5];
    stream.read_exact(&mut request).await.unwrap();
    assert_eq!(request[3], 3, "a name is asked for, which the proxy looks up");
    let mut name = vec![0; request[4].into()];
    stream.read_exact(&mut name).await.unwrap();
    let port = stream.read_u16().await.unwrap();
    asked.lock().unwrap().push(format!("{}:{port}", String::from_utf8(name).unwrap()));
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await.unwrap();
    let _ = copy_bidirectional(&mut stream, &mut server).await;
}
