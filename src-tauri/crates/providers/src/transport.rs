//! The HTTP client beneath every adapter, and what its failures mean. rustls with ring and the certificates of the operating
//! system; proxies as the system names them, but never for this machine. It follows no redirect and repeats no request.

use crate::base_url::BaseUrl;
use crate::failure::{failure, unexpected};
use crate::options::CallOptions;
use crate::redaction::clean;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};
use secrecy::SecretString;
use std::error::Error;
use std::sync::OnceLock;

/// What Pilothouse calls itself.
pub(crate) const USER_AGENT: &str = concat!("Pilothouse/", env!("CARGO_PKG_VERSION"));

/// HTTP clients, made when first needed and shared: connections are pooled, and the trust store is read once.
#[derive(Debug)]
pub(crate) struct Transport {
    options: CallOptions,
    outside: OnceLock<reqwest::Client>,
    this_machine: OnceLock<reqwest::Client>,
}

impl Transport {
    /// Clients with these bounds.
    pub(crate) fn new(options: CallOptions) -> Self {
        Self { options, outside: OnceLock::new(), this_machine: OnceLock::new() }
    }

    /// The client for a base URL.
    pub(crate) fn client(&self, base: &BaseUrl) -> Result<reqwest::Client, ProviderError> {
        let (slot, is_local) = if base.is_plain() { (&self.this_machine, true) } else { (&self.outside, false) };
        if let Some(client) = slot.get() {
            return Ok(client.clone());
        }
        let client = build(&self.options, is_local)?;
        Ok(slot.get_or_init(|| client).clone())
    }

    /// The bounds.
    pub(crate) const fn options(&self) -> CallOptions {
        self.options
    }
}

fn build(options: &CallOptions, is_local: bool) -> Result<reqwest::Client, ProviderError> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Lost races are fine: then another part of the process has set one a moment ago.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let builder = || {
        let builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .timeout(options.call_timeout)
            // Shorter than servers and middle boxes keep idle connections: a POST on a dead one has an unknown outcome.
            .pool_idle_timeout(std::time::Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if is_local { builder.no_proxy() } else { builder }
    };
    // A machine without certificates can still be spoken to by itself.
    let without_certificates = |error| if is_local { builder().tls_certs_only([]).build() } else { Err(error) };
    builder().build().or_else(without_certificates).map_err(|error| {
        failure(
            ProviderErrorKind::NotReached,
            format!("No encrypted connection can be made from this machine: {}.", innermost(&error)),
            "Check that the operating system's list of trusted certificates is there and not empty.",
        )
    })
}

/// What a failed call means. `NotReached` only where the connection itself failed, so that not a byte of the request was sent;
/// everything else may have arrived.
pub(crate) fn no_answer(error: &(dyn Error + 'static), host: &str, options: &CallOptions, secret: &SecretString) -> ProviderError {
    let Some(known) = find::<reqwest::Error>(error) else {
        return failure(
            ProviderErrorKind::NoAnswer,
            format!("No answer came from {host}: {}.", clean(&innermost(error), secret)),
            "Check the network, then look at the provider whether the call had its effect.",
        );
    };
    let cause = clean(&innermost(known), secret);
    if known.is_builder() {
        return failure(
            ProviderErrorKind::Invalid,
            format!("The request to {host} can't be built: {cause}."),
            "Check the base URL and the names.",
        );
    }
    if known.is_connect() {
        let (message, next_step) = not_reached(known, host, &cause, options);
        return failure(ProviderErrorKind::NotReached, message, next_step);
    }
    if known.is_timeout() {
        return failure(
            ProviderErrorKind::NoAnswer,
            format!("{host} did not answer within {} s.", options.call_timeout.as_secs_f32()),
            "Check the provider's status page and the network.",
        );
    }
    failure(
        ProviderErrorKind::NoAnswer,
        format!("{host} took the call and did not answer to the end: {cause}."),
        "Check the provider's status page and the network.",
    )
}

fn not_reached(error: &reqwest::Error, host: &str, cause: &str, options: &CallOptions) -> (String, &'static str) {
    if error.is_dns() {
        return (format!("The name {host} can't be found: {cause}."), "Check the network, the VPN and the base URL.");
    }
    if error.is_timeout() {
        let seconds = options.connect_timeout.as_secs_f32();
        return (format!("No connection to {host} within {seconds} s."), "Check the network, the VPN and the proxy.");
    }
    if find::<rustls::Error>(error).is_some() {
        return (
            format!("The encrypted connection to {host} failed: {cause}."),
            "Check the server's certificate. One of your own authority must be trusted by the operating system.",
        );
    }
    (format!("{host} can't be reached: {cause}."), "Check the network, the VPN and the base URL.")
}

/// The failure of an answer that is larger than we read.
pub(crate) fn too_large(host: &str) -> ProviderError {
    unexpected(format!("The answer of {host} is too large to be read."), "Check that the base URL is that of an API.")
}

/// The innermost cause in words. Outer layers name addresses; this one doesn't.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string().trim_end_matches('.').to_owned()
}

/// The first error of a type along the causes, also where an I/O error wraps it.
pub(crate) fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<E>() {
            return Some(found);
        }
        if let Some(inner) = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref)
            && let Some(found) = inner.downcast_ref::<E>()
        {
            return Some(found);
        }
        next = current.source();
    }
    None
}
