//! What refused certificates mean, in words for a person: what the server showed, why that won't do, and the way out.

use super::bare;
use super::verifier::Refused;
use crate::failure::failure;
use pilothouse_domain::Timestamp;
use pilothouse_domain::network::Certificate;
use pilothouse_engine::ports::provider::{CertificateFault as Fault, CertificateRefusal, ProviderError, ProviderErrorKind};
use rustls::AlertDescription;

const COMPARE: &str = "Compare the fingerprint with the one that who runs the server has; if they are the same, trust this certificate. \
                       Better where there is one: enter your organisation's authority (CA) in the connection's network settings.";

/// A server's certificate was refused. `host` is the connection's own; where another host showed it (a proxy, a store of logs), it
/// can't be trusted for the connection.
pub(crate) fn refusal(refused: &Refused, host: &str) -> ProviderError {
    let is_own = bare(host).eq_ignore_ascii_case(&refused.host);
    let host = &refused.host;
    let Some(certificate) = &refused.certificate else {
        let message = format!("{host} shows a certificate that can't be read.");
        return failure(ProviderErrorKind::NotReached, message, "Ask who runs the server to look at its certificate.");
    };
    let Certificate { subject, issuer, fingerprint, not_before, not_after, names } = certificate;
    let shown = format!("SHA-256 {fingerprint}, for {subject}, from {issuer}, good from {} to {}", day(*not_before), day(*not_after));
    let can_be_trusted = is_own && !matches!(refused.fault, Fault::Expired | Fault::NotYetValid);
    let (message, next_step) = match &refused.fault {
        Fault::SelfSigned => (format!("{host} shows a certificate that it has signed itself: {shown}."), COMPARE.to_owned()),
        Fault::UnknownIssuer => (format!("{host} shows a certificate from {issuer}, which this computer doesn't trust: {shown}."), COMPARE.to_owned()),
        Fault::WrongName => {
            let names = if names.is_empty() { "no host at all".to_owned() } else { names.join(", ") };
            (
                format!("The certificate of {host} is good for {names}, and not for {host}: {shown}."),
                "Write the address with a name that the certificate is for, or ask who runs the server for a certificate with this name. \
                 Trust this one only if you know why the names differ."
                    .to_owned(),
            )
        }
        Fault::Expired => (
            format!("The certificate of {host} has expired on {}: {shown}.", day(*not_after)),
            "Ask who runs the server to renew it; if that has been done, check this computer's clock.".to_owned(),
        ),
        Fault::NotYetValid => (
            format!("The certificate of {host} is not good before {}: {shown}.", day(*not_before)),
            "Check this computer's clock; if it is right, ask who runs the server.".to_owned(),
        ),
        Fault::Changed { trusted } => (
            format!("{host} shows another certificate than the one that is trusted. Trusted is {trusted}; shown is {shown}."),
            "If who runs the server has renewed it, compare the new fingerprint and trust the new certificate. If nobody knows of a change, \
             somebody may stand between you and the server: don't trust it."
                .to_owned(),
        ),
        Fault::Other(cause) => (format!("The certificate of {host} can't be accepted: {cause}. It is {shown}."), COMPARE.to_owned()),
    };
    let next_step = if is_own {
        next_step
    } else {
        "This is not the connection's own server: check the proxy, and that the authority of its certificate is trusted by the operating \
         system or named in the connection's network settings."
            .to_owned()
    };
    let refusal = CertificateRefusal { host: host.clone(), certificate: certificate.clone(), fault: refused.fault.clone(), can_be_trusted };
    failure(ProviderErrorKind::CertificateRefused(Box::new(refusal)), message, next_step)
}

/// The server ended the handshake over our own certificate, or for want of one. Nothing of the request was looked at.
pub(crate) fn wants_our_certificate(error: &rustls::Error, host: &str) -> Option<ProviderError> {
    let rustls::Error::AlertReceived(alert) = error else { return None };
    let said = match alert {
        AlertDescription::CertificateRequired => {
            return Some(failure(
                ProviderErrorKind::NotReached,
                format!("{host} wants to see a client certificate, and was shown none."),
                "Enter a client certificate and its key in the connection's network settings.",
            ));
        }
        AlertDescription::CertificateExpired => "it has expired",
        AlertDescription::CertificateRevoked => "it was revoked",
        AlertDescription::UnknownCA => "its issuer is not trusted there",
        AlertDescription::BadCertificate | AlertDescription::UnsupportedCertificate | AlertDescription::CertificateUnknown => {
            "it is not accepted there"
        }
        _ => return None,
    };
    Some(failure(
        ProviderErrorKind::NotReached,
        format!("{host} refuses our client certificate: {said}."),
        "Check the client certificate in the connection's network settings, or ask who runs the server which one is wanted.",
    ))
}

fn day(at: Timestamp) -> String {
    at.as_datetime().format("%Y-%m-%d").to_string()
}
