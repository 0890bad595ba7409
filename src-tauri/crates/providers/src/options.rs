//! How long calls to providers may take. Must not hold anything of a single connection.

use std::time::Duration;

/// Bounds of every call to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallOptions {
    /// From looking up the name to the end of the TLS handshake.
    pub connect_timeout: Duration,
    /// Between two pieces of an answer.
    pub read_timeout: Duration,
    /// The whole call, with connecting and the last byte of the answer.
    pub call_timeout: Duration,
    /// The whole download of a log.
    pub download_timeout: Duration,
    /// The pause before a read that failed is sent once more. A mutating call is never sent again.
    pub retry_pause: Duration,
    /// How much of a log is kept, in bytes. Of a longer one the end is kept, because that is where failures are told.
    pub log_limit_bytes: usize,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(30),
            download_timeout: Duration::from_secs(180),
            retry_pause: Duration::from_millis(500),
            log_limit_bytes: 32 * 1024 * 1024,
        }
    }
}
