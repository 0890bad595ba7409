//! The server below the pages: connections and their limits. Must not know a page.

use crate::form::{Form, Peer};
use crate::limits::Limits;
use crate::proxy;
use crate::rate::bucket_of;
use crate::routes;
use crate::site::Site;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use pilothouse_engine::Engine;
use pilothouse_engine::ports::FormSettings;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// The longest head of a request, in bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// The most headers.
const HEADERS: usize = 64;
/// How long requests under way may take after the form was turned off.
const GRACE: Duration = Duration::from_secs(3);

/// Serves the form on a listener until cancelled.
///
/// # Errors
/// Where the listener has no address. What goes wrong with a connection ends that one alone.
pub async fn serve(
    listener: TcpListener,
    engine: Arc<Engine>,
    settings: &FormSettings,
    limits: Limits,
    cancel: CancellationToken,
) -> io::Result<()> {
    let site = Site::new(settings, listener.local_addr()?);
    let trusted = settings.trusted_proxy;
    let router = routes::router(Arc::new(Form::new(engine, site, limits)));
    let room = Arc::new(Semaphore::new(limits.connections));
    let crowd = Crowd::default();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            // Whoever finds no room waits in the system's queue.
            accepted = accept(&listener, &room) => accepted,
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a connection of the feedback form broke down");
                }
                continue;
            }
        };
        match accepted {
            Ok((stream, address, permit)) => {
                // A proxy stands for many: the whole room is its.
                let most = if proxy::is_proxy(address, trusted) { limits.connections } else { limits.connections_each };
                let Some(place) = crowd.enter(bucket_of(address), most) else { continue };
                let (router, cancel) = (router.clone(), cancel.clone());
                connections.spawn(async move {
                    connection(stream, (address, trusted), router, limits, cancel).await;
                    drop((place, permit));
                });
            }
            Err(error) => {
                // Out of file descriptors, or a client that went away: the next accept may well work.
                tracing::warn!(%error, "a connection to the feedback form could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let ended = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        connections.shutdown().await;
    }
    Ok(())
}

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> io::Result<(TcpStream, IpAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer.ip(), permit))
}

async fn connection(
    stream: TcpStream,
    (peer, trusted): (IpAddr, Option<IpAddr>),
    router: Router,
    limits: Limits,
    cancel: CancellationToken,
) {
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        let peer = Peer(proxy::origin(peer, trusted, request.headers()));
        request.extensions_mut().insert(peer);
        let router = router.clone();
        async move {
            Ok::<_, Infallible>(match router.oneshot(request.map(Body::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            })
        }
    });
    // Without it an answer could wait for an acknowledgement; harmless where the system refuses.
    let _ = stream.set_nodelay(true);
    let http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(http);
    let over = tokio::time::sleep(limits.connection);
    tokio::pin!(over);
    let mut is_ending = false;
    loop {
        tokio::select! {
            biased;
            () = &mut over => return,
            () = cancel.cancelled(), if !is_ending => {
                is_ending = true;
                http.as_mut().graceful_shutdown();
            }
            served = http.as_mut() => {
                if let Err(error) = served {
                    tracing::debug!(%error, "a connection to the feedback form ended early");
                }
                return;
            }
        }
    }
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Crowd(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection's place among those of its address.
struct Place {
    crowd: Crowd,
    address: IpAddr,
}

impl Crowd {
    fn enter(&self, address: IpAddr, most: usize) -> Option<Place> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = known.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { crowd: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut known = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = known.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                known.remove(&self.address);
            }
        }
    }
}
