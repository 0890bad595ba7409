//! The HTTP client beneath every adapter, and what its failures mean. rustls with ring; certificates and proxies as the operating
//! system and the connection's network settings have them, but no proxy for this machine. It follows no redirect and repeats no
//! request.

use crate::base_url::BaseUrl;
use crate::failure::{failure, invalid, unexpected};
use crate::network;
use crate::options::CallOptions;
use crate::redaction::clean;
use pilothouse_domain::network::NetworkSettings;
use pilothouse_engine::ports::provider::{NetworkSecrets, ProviderError, ProviderErrorKind};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::error::Error;
use std::hash::BuildHasher;
use std::sync::{Mutex, OnceLock, PoisonError};

/// What Pilothouse calls itself.
pub(crate) const USER_AGENT: &str = concat!("Pilothouse/", env!("CARGO_PKG_VERSION"));

/// How many clients with settings of their own are kept.
const MOST_CLIENTS: usize = 64;

/// HTTP clients, made when first needed and shared: connections are pooled, and the trust store is read once. Connections with network
/// settings have clients of their own.
#[derive(Debug)]
pub(crate) struct Transport {
    options: CallOptions,
    outside: OnceLock<reqwest::Client>,
    this_machine: OnceLock<reqwest::Client>,
    // A keyed hash with keys of this process tells whether settings and secrets are the same, and tells nothing else.
    hasher: RandomState,
    own: Mutex<HashMap<u64, reqwest::Client>>,
}

/// What a connection's adapter calls with.
pub(crate) struct Link {
    /// The client.
    pub(crate) http: reqwest::Client,
    /// Its bounds.
    pub(crate) options: CallOptions,
    /// Tells this link from one with other settings or secrets, within this process.
    pub(crate) print: u64,
}

impl Transport {
    /// Clients with these bounds.
    pub(crate) fn new(options: CallOptions) -> Self {
        Self { options, outside: OnceLock::new(), this_machine: OnceLock::new(), hasher: RandomState::new(), own: Mutex::default() }
    }

    /// The client for a base URL and the network settings of its connection.
    pub(crate) fn link(&self, base: &BaseUrl, network: &NetworkSettings, secrets: &NetworkSecrets) -> Result<Link, ProviderError> {
        let mut options = self.options;
        options.connect_timeout = network.connect_timeout().unwrap_or(options.connect_timeout);
        if let Some(limit) = network.call_timeout() {
            (options.read_timeout, options.call_timeout) = (limit, limit);
        }
        if network.is_empty() {
            return Ok(Link { http: self.shared(base)?, options, print: 0 });
        }
        if base.is_plain() && network.proxy.is_some() {
            return Err(invalid(
                format!("A proxy is named for {}, and Pilothouse speaks to this machine without one.", base.host()),
                "Take the proxy out of the connection's network settings.",
            ));
        }
        let shown = |secret: &Option<SecretString>| secret.as_ref().map(|secret| secret.expose_secret().to_owned());
        let (key, password) = (shown(&secrets.client_key).map(Zeroizing::new), shown(&secrets.proxy_password).map(Zeroizing::new));
        let print = self.hasher.hash_one((base.host(), base.is_plain(), network, key.as_deref(), password.as_deref()));
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(http) = own.get(&print) {
            return Ok(Link { http: http.clone(), options, print });
        }
        let http = build(&options, base.is_plain(), network, secrets, &base.host())?;
        if own.len() >= MOST_CLIENTS {
            own.clear();
        }
        own.insert(print, http.clone());
        Ok(Link { http, options, print })
    }

    fn shared(&self, base: &BaseUrl) -> Result<reqwest::Client, ProviderError> {
        let slot = if base.is_plain() { &self.this_machine } else { &self.outside };
        if let Some(client) = slot.get() {
            return Ok(client.clone());
        }
        let client = build(&self.options, base.is_plain(), &NetworkSettings::default(), &NetworkSecrets::default(), "")?;
        Ok(slot.get_or_init(|| client).clone())
    }
}

fn build(
    options: &CallOptions,
    is_local: bool,
    network: &NetworkSettings,
    secrets: &NetworkSecrets,
    host: &str,
) -> Result<reqwest::Client, ProviderError> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Lost races are fine: then another part of the process has set one a moment ago.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        .timeout(options.call_timeout)
        // Shorter than servers and middle boxes keep idle connections: a POST on a dead one has an unknown outcome.
        .pool_idle_timeout(std::time::Duration::from_secs(20))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    let builder = match network::proxy(network, secrets)? {
        _ if is_local => builder.no_proxy(),
        Some(proxy) => builder.proxy(proxy),
        None => builder,
    };
    let builder = match network::tls(network, secrets, host) {
        Ok(tls) => builder.tls_backend_preconfigured(tls),
        // A machine without certificates can still be spoken to by itself.
        Err(error) if is_local && error.kind == ProviderErrorKind::NotReached => builder.tls_certs_only([]),
        Err(error) => return Err(error),
    };
    builder.build().map_err(|error| {
        failure(
            ProviderErrorKind::NotReached,
            format!("No client can be made for this connection: {}.", innermost(&error)),
            "Check the connection's network settings and the system's proxy settings.",
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
    if let Some(error) = find::<rustls::Error>(known).and_then(|tls| about_certificates(tls, host)) {
        return error;
    }
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

/// What a failed handshake means, where it failed over a certificate: nothing of the request was sent, or looked at.
fn about_certificates(error: &rustls::Error, host: &str) -> Option<ProviderError> {
    match network::refused(error) {
        Some(refused) => Some(network::refusal(refused, host)),
        None => network::wants_our_certificate(error, host),
    }
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
            "Check that the server speaks TLS 1.2 or 1.3 at this address, and what stands between.",
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

/// The first error of a type along the causes, also where I/O errors wrap it: their `source` leaves out what they hold themselves.
pub(crate) fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<E>() {
            return Some(found);
        }
        let held = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = held.map(|held| held as &(dyn Error + 'static)).or_else(|| current.source());
    }
    None
}
