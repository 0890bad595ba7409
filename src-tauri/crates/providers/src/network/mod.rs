//! A connection's network: what its settings may be, and what they make of a client. Must not decide whom to trust: it does what the
//! settings say, which only a person changes.

mod certificate;
mod client_certificate;
mod proxy;
mod verifier;
mod words;

pub(crate) use verifier::refused;
pub(crate) use words::{refusal, wants_our_certificate};

use crate::failure::failure;
use pilothouse_domain::Timestamp;
use pilothouse_domain::network::NetworkSettings;
use pilothouse_engine::ports::provider::{NetworkCertificates, NetworkFault, NetworkSecrets, ProviderError, ProviderErrorKind};
use rustls::ClientConfig;
use rustls::crypto::ring;
use std::sync::Arc;
use verifier::{Pin, Verifier};

/// A setting that can't be used.
fn fault(field: &'static str, message: impl Into<String>, next_step: impl Into<String>) -> NetworkFault {
    NetworkFault { field, message: message.into(), next_step: next_step.into() }
}

/// Whether these settings can be used, at this moment.
pub(crate) fn check(network: &NetworkSettings, secrets: &NetworkSecrets, now: Timestamp) -> Result<(), NetworkFault> {
    if let Some(pem) = &network.ca_certificates {
        certificate::check_authorities(pem, now)?;
    }
    if let Some(pem) = &network.client_certificate {
        client_certificate::check(pem, secrets.client_key.as_ref(), now)?;
    }
    if let Some(address) = &network.proxy {
        proxy::read(address)?;
    }
    Ok(())
}

/// What the certificates in settings say.
pub(crate) fn certificates(network: &NetworkSettings) -> NetworkCertificates {
    let read = |pem: &Option<String>| pem.as_deref().map(certificate::described).unwrap_or_default();
    NetworkCertificates { authorities: read(&network.ca_certificates), client: read(&network.client_certificate).into_iter().next() }
}

/// The TLS of a connection to `host` and to wherever it leads: the operating system's trust and the settings'.
pub(crate) fn tls(network: &NetworkSettings, secrets: &NetworkSecrets, host: &str) -> Result<ClientConfig, ProviderError> {
    let provider = Arc::new(ring::default_provider());
    let pin = network.trusted.as_ref().map(|trusted| Pin { host: bare(host).to_owned(), fingerprint: trusted.fingerprint });
    let roots = match &network.ca_certificates {
        Some(pem) => certificate::all(pem, "ca_certificates").map_err(unusable)?,
        None => Vec::new(),
    };
    let verifier = Verifier::new(roots, pin, &provider).map_err(|error| {
        failure(
            ProviderErrorKind::NotReached,
            format!("No encrypted connection can be made from this machine: {error}."),
            "Check that the operating system's list of trusted certificates is there and not empty.",
        )
    })?;
    let impossible =
        |error: rustls::Error| failure(ProviderErrorKind::NotReached, format!("TLS can't be used: {error}."), "Update Pilothouse.");
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(impossible)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match (&network.client_certificate, &secrets.client_key) {
        (Some(pem), Some(key)) => {
            let (chain, key) = client_certificate::read(pem, key).map_err(unusable)?;
            builder.with_client_auth_cert(chain, key).map_err(impossible)?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The proxy that the settings name, to be left out where `NO_PROXY` says so.
pub(crate) fn proxy(network: &NetworkSettings, secrets: &NetworkSecrets) -> Result<Option<reqwest::Proxy>, ProviderError> {
    let Some(address) = &network.proxy else { return Ok(None) };
    proxy::build(address, network.proxy_user.as_deref(), secrets.proxy_password.as_ref()).map(Some).map_err(unusable)
}

fn unusable(fault: NetworkFault) -> ProviderError {
    failure(ProviderErrorKind::Invalid, format!("The connection's network settings can't be used: {}.", fault.message), fault.next_step)
}

/// A host without its port and brackets, as TLS names it.
fn bare(host: &str) -> &str {
    let name = match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    };
    name.trim_start_matches('[').trim_end_matches(']')
}
