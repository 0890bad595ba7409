//! Measurements. An implementation measures and says what it saw; what that means for a check is decided by
//! [`pilothouse_domain::check::assess`].

use async_trait::async_trait;
use pilothouse_domain::check::Measurement;
use pilothouse_domain::smoke::{Answer, Unanswered};
use secrecy::SecretString;
use std::time::Duration;

/// Takes measurements.
#[async_trait]
pub trait Prober: Send + Sync {
    /// One GET, on a fresh connection, judged by the expectations. Never longer than `timeout`. A target that can't be reached
    /// or answers wrongly has failed; where the fault is on our side (no network, no name service, no free socket) there is no
    /// data.
    async fn http(&self, request: &HttpProbe<'_>, timeout: Duration) -> Measurement;

    /// The version that each address says it runs, in the order of `urls`, asked for at the same time. Never longer than
    /// `timeout`.
    async fn running_versions(&self, urls: &[String], pointer: &str, timeout: Duration) -> Vec<InstanceVersion>;

    /// One request of a smoke test, on fresh connections, with the redirects that it may follow. Never longer than its timeout, and never
    /// with a credential to another origin.
    async fn exchange(&self, _request: &SmokeRequest<'_>) -> Result<Answer, Unanswered> {
        Err(Unanswered { is_ours: true, reason: "this host sends no smoke tests".to_owned(), took_us: 0 })
    }
}

/// A request of a smoke test, with all values filled in.
#[derive(Clone, Copy, Debug)]
pub struct SmokeRequest<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// Where to. Holds no secret.
    pub url: &'a str,
    /// Names and values.
    pub headers: &'a [(String, SecretString)],
    /// The body.
    pub body: Option<&'a SecretString>,
    /// Within which the whole answer must be there.
    pub timeout: Duration,
    /// How many redirects are followed at most.
    pub redirects: u16,
}

/// What an HTTP measurement asks and expects. The fields mean what they do in
/// [`Probe::Http`](pilothouse_domain::check::Probe::Http).
#[derive(Clone, Copy, Debug)]
pub struct HttpProbe<'a> {
    /// What is asked.
    pub url: &'a str,
    /// Lowest status that passes.
    pub status_min: u16,
    /// Highest status that passes.
    pub status_max: u16,
    /// Text that must stand in the first 64 KiB of the body.
    pub body_contains: Option<&'a str>,
    /// Milliseconds above which the answer is degraded.
    pub slow_ms: Option<u32>,
}

/// What one address says it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceVersion {
    /// The address.
    pub url: String,
    /// The version, or why it can't be read.
    pub version: Result<String, String>,
}
