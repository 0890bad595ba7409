//! An HTTP/1 server on its own accept loop, below axum, because a fault must be able to close the TCP connection without
//! an answer. It knows no route.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::error::RangeError;

/// The connection a request came on, found in the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    cut: CancellationToken,
}

impl Connection {
    /// Closes the TCP connection now. Nothing more is written to it; the caller should wait for ever after this.
    pub(crate) fn cut(&self) {
        self.cut.cancel();
    }
}

/// Opens a loopback port; 0 takes any free one.
pub(crate) async fn listen(what: &str, port: u16) -> Result<TcpListener, RangeError> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|source| RangeError::Port { what: what.to_owned(), port, source })
}

/// How a server ends: drained (no new connections, requests under way are answered) or cut (everything breaks now).
#[derive(Debug, Clone)]
pub(crate) struct Life {
    drain: CancellationToken,
    cut: CancellationToken,
}

impl Life {
    /// Ends by itself, cut, when `stop` is cancelled.
    pub(crate) fn until(stop: &CancellationToken) -> Self {
        let cut = stop.child_token();
        Self { drain: cut.child_token(), cut }
    }

    pub(crate) fn drain(&self) {
        self.drain.cancel();
    }

    pub(crate) fn cut(&self) {
        self.cut.cancel();
    }

    /// Whether it still accepts connections.
    pub(crate) fn is_over(&self) -> bool {
        self.drain.is_cancelled()
    }
}

/// Accepts until its life is over; the listener is dropped at once then.
pub(crate) async fn accept(listener: TcpListener, router: Router, life: Life, tasks: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = life.drain.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                tasks.spawn(connection(stream, router.clone(), life.clone()));
            }
            Err(error) => {
                // Out of file descriptors, or a client that went away: the next accept may well work.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router, life: Life) {
    let cut = CancellationToken::new();
    let this = Connection { cut: cut.clone() };
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(this.clone());
        let router = router.clone();
        async move { Ok::<_, Infallible>(answer(router, request).await) }
    });
    // Without it an answer could wait 40 ms for an acknowledgement; harmless where the system refuses.
    let _ = stream.set_nodelay(true);
    let http = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(http);
    let mut draining = false;
    loop {
        tokio::select! {
            biased;
            () = life.cut.cancelled() => return,
            () = cut.cancelled() => return,
            () = life.drain.cancelled(), if !draining => {
                draining = true;
                http.as_mut().graceful_shutdown();
            }
            served = http.as_mut() => {
                if let Err(error) = served {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
        }
    }
}

async fn answer(router: Router, request: http::Request<Incoming>) -> http::Response<Body> {
    match router.oneshot(request.map(Body::new)).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// A loopback port that stays ours while nobody listens on it: connections are refused, and no other process is given it.
#[derive(Debug)]
pub(crate) struct ReservedPort {
    port: u16,
    /// Bound and never listened on; shares the port with the listener of the moment.
    #[cfg(unix)]
    _keeper: TcpSocket,
}

impl ReservedPort {
    pub(crate) fn take(what: &str, port: u16) -> Result<Self, RangeError> {
        let failed = |source| RangeError::Port { what: what.to_owned(), port, source };
        let socket = shareable().map_err(failed)?;
        socket.bind(([127, 0, 0, 1], port).into()).map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();
        Ok(Self {
            port,
            #[cfg(unix)]
            _keeper: socket,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn listen(&self) -> std::io::Result<TcpListener> {
        let socket = shareable()?;
        socket.bind(([127, 0, 0, 1], self.port).into())?;
        socket.listen(1024)
    }
}

fn shareable() -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(unix)]
    {
        socket.set_reuseaddr(true)?;
        socket.set_reuseport(true)?;
    }
    Ok(socket)
}
