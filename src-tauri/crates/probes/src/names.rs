//! Names to addresses, ahead of a connection: a name service that fails, or doesn't answer, is no fault of the target. Must not
//! be asked less often than it is connected: addresses change when a service moves.

use crate::words::Fault;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use tokio::time::{Instant, timeout_at};

/// More names than this are forgotten all at once; each is looked up before it is used anyway.
const LIMIT: usize = 1_024;

/// The latest addresses of each name.
#[derive(Default)]
pub(crate) struct Names {
    known: Mutex<HashMap<String, Vec<SocketAddr>>>,
}

/// The name service's refusal, as the client's error carries it.
#[derive(Debug, thiserror::Error)]
#[error("the name {host} can't be resolved")]
pub(crate) struct NotResolved {
    host: String,
}

impl NotResolved {
    fn of(host: &str) -> Self {
        Self { host: host.to_owned() }
    }
}

impl Names {
    /// Looks the name up, for the connection that is made next.
    pub(crate) async fn look_up(&self, host: &str, deadline: Instant) -> Result<(), Fault> {
        match timeout_at(deadline, resolve(host)).await {
            Ok(Ok(addresses)) => {
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                if known.len() >= LIMIT && !known.contains_key(host) {
                    known.clear();
                }
                known.insert(host.to_owned(), addresses);
                Ok(())
            }
            Ok(Err(error)) => Err(Fault::Ours(error.to_string())),
            Err(_) => Err(Fault::Ours(format!("the name {host} was not resolved in time"))),
        }
    }

    fn known(&self, host: &str) -> Option<Vec<SocketAddr>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(host).cloned()
    }
}

async fn resolve(host: &str) -> Result<Vec<SocketAddr>, NotResolved> {
    // The port is the client's to fill in.
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await.map_err(|_| NotResolved::of(host))?.collect();
    if found.is_empty() { Err(NotResolved::of(host)) } else { Ok(found) }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let known = self.known(name.as_str());
        Box::pin(async move {
            let addresses = match known {
                Some(addresses) => addresses,
                // A proxy's name.
                None => resolve(name.as_str()).await?,
            };
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}
