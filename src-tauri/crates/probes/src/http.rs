//! One HTTP measurement. Must not say anything twice in different words: see the crate's rules on reasons.

use crate::BODY_LIMIT;
use crate::client::Clients;
use crate::words::{Fault, quoted, range};
use chrono::Utc;
use pilothouse_domain::Timestamp;
use pilothouse_domain::check::{Measurement, Outcome};
use pilothouse_engine::ports::prober::HttpProbe;
use reqwest::{Response, Url};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

pub(crate) async fn measure(clients: &Clients, request: &HttpProbe<'_>, timeout: Duration) -> Measurement {
    let at = Timestamp::new(Utc::now());
    let begun = Instant::now();
    let (latency, outcome) = match clients.get(request.url, "*/*", begun + timeout, timeout).await {
        Ok(response) => judge(request, response, begun, timeout).await,
        Err(fault) => (None, fault.into_outcome()),
    };
    let latency_us = latency.map(|latency| u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
    Measurement { at, latency_us, outcome }
}

/// The time until the answer was there, where it was, and what it is worth.
async fn judge(request: &HttpProbe<'_>, response: Response, begun: Instant, timeout: Duration) -> (Option<Duration>, Outcome) {
    let status = response.status().as_u16();
    if !(request.status_min..=request.status_max).contains(&status) {
        let wanted = range(request.status_min, request.status_max);
        let reason = format!("{status}{} instead of {wanted}", redirect_words(&response));
        return (Some(begun.elapsed()), Outcome::Failed { reason });
    }
    if let Some(wanted) = request.body_contains {
        match read_body(response, begun + timeout, timeout).await {
            Ok(body) if body.contains(wanted) => {}
            Ok(body) => {
                let part = if body.is_cut { "the first 64 KiB of the body don't" } else { "the body doesn't" };
                let reason = format!("{part} contain {}", quoted(wanted));
                return (Some(begun.elapsed()), Outcome::Failed { reason });
            }
            Err(fault) => return (None, fault.into_outcome()),
        }
    }
    let latency = begun.elapsed();
    let outcome = match request.slow_ms {
        Some(slow) if latency > Duration::from_millis(slow.into()) => Outcome::Degraded { reason: format!("slower than {slow} ms") },
        _ => Outcome::Passed,
    };
    (Some(latency), outcome)
}

/// Where a redirect leads, without what may be a credential.
fn redirect_words(response: &Response) -> String {
    let location = || {
        let location = response.headers().get(http::header::LOCATION)?.to_str().ok()?;
        let target = response.url().join(location).ok()?;
        Some(format!(" (to {})", plain(&target)))
    };
    if response.status().is_redirection() { location().unwrap_or_default() } else { String::new() }
}

fn plain(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path: String = url.path().chars().take(80).collect();
    format!("{}://{}{port}{path}", url.scheme(), url.host_str().unwrap_or_default())
}

/// The beginning of a body.
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// Whether there is more.
    pub(crate) is_cut: bool,
}

impl Body {
    fn contains(&self, wanted: &str) -> bool {
        let wanted = wanted.as_bytes();
        wanted.is_empty() || self.bytes.windows(wanted.len()).any(|part| part == wanted)
    }
}

/// Reads a body up to its end or the limit of a measurement.
pub(crate) async fn read_body(response: Response, deadline: Instant, within: Duration) -> Result<Body, Fault> {
    read_up_to(response, BODY_LIMIT, deadline, within).await
}

/// Reads a body up to its end or a limit.
pub(crate) async fn read_up_to(mut response: Response, limit: usize, deadline: Instant, within: Duration) -> Result<Body, Fault> {
    let mut bytes = Vec::new();
    // Ends: the limit is reached, the body ends, or the time does.
    loop {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = limit - bytes.len();
                if chunk.len() > room {
                    bytes.extend_from_slice(chunk.get(..room).unwrap_or_default());
                    return Ok(Body { bytes, is_cut: true });
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(Ok(None)) => return Ok(Body { bytes, is_cut: false }),
            Ok(Err(error)) => {
                return Err(match Fault::of(&error) {
                    Fault::Target(_) => Fault::Target("the connection was closed before the end of the answer".to_owned()),
                    ours @ Fault::Ours(_) => ours,
                });
            }
            Err(_) => return Err(Fault::Target(format!("no complete answer within {}", crate::words::duration(within)))),
        }
    }
}
