//! Measurements over HTTP: is a service there, does it answer as it should, how fast, and which version does it say it runs.
//! The adapter for the `Prober` port of `pilothouse-engine`.
//!
//! Must not: decide what a measurement means for a check (that is `pilothouse_domain::check::assess`), hold state between two
//! measurements, or put a URL into a reason, since a URL may carry a credential. Reasons hold nothing that changes from one
//! measurement to the next of the same fault, so that a lasting fault writes nothing new.

mod client;
mod exchange;
#[cfg(test)]
mod exchange_tests;
mod http;
mod names;
mod version;
mod words;

#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use client::Clients;
use futures::StreamExt as _;
use pilothouse_domain::check::Measurement;
use pilothouse_domain::smoke::{Answer, Unanswered};
use pilothouse_engine::ports::prober::{HttpProbe, SmokeRequest};
use pilothouse_engine::ports::{InstanceVersion, Prober};
use std::time::Duration;
use tokio::time::Instant;

/// How much of a body is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// How many instances are asked for their version at the same time.
const AT_ONCE: usize = 32;

/// Measures over HTTP and HTTPS, on a fresh connection each time, trusting the certificates that the operating system trusts.
///
/// Redirects are not followed: their status is judged. Only a smoke test may ask for it. The system's proxy is used, but never for this machine itself.
pub struct HttpProber {
    clients: Clients,
}

/// Why nothing can be measured on this machine.
#[derive(Debug, thiserror::Error)]
#[error("health checks can't be set up: {reason}. Look at the certificates that this system trusts, and at its proxy settings")]
pub struct ProberUnusable {
    /// What the system said.
    pub reason: String,
}

impl HttpProber {
    /// One with the system's certificates and proxy settings as they are now. Makes ring the process's default for TLS where
    /// nothing else is yet.
    ///
    /// # Errors
    /// [`ProberUnusable`] where the system's certificates can't be read.
    pub fn new() -> Result<Self, ProberUnusable> {
        Ok(Self { clients: Clients::of_system()? })
    }

    async fn running_version(&self, url: &str, pointer: &str, deadline: Instant, within: Duration) -> InstanceVersion {
        let version = version::read(&self.clients, url, pointer, deadline, within).await;
        InstanceVersion { url: url.to_owned(), version }
    }
}

#[async_trait]
impl Prober for HttpProber {
    async fn http(&self, request: &HttpProbe<'_>, timeout: Duration) -> Measurement {
        http::measure(&self.clients, request, timeout).await
    }

    async fn running_versions(&self, urls: &[String], pointer: &str, timeout: Duration) -> Vec<InstanceVersion> {
        let deadline = Instant::now() + timeout;
        let asked: Vec<_> = urls.iter().map(|url| self.running_version(url, pointer, deadline, timeout)).collect();
        futures::stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    async fn exchange(&self, request: &SmokeRequest<'_>) -> Result<Answer, Unanswered> {
        exchange::exchange(&self.clients, request).await
    }
}
