//! Measurements. An implementation measures and says what it saw; what that means for a check is decided by
//! [`pilothouse_domain::check::assess`].

use async_trait::async_trait;
use pilothouse_domain::check::Measurement;
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
