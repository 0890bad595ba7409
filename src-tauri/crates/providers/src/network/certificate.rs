//! Certificates as text (PEM, RFC 7468), and what they say of themselves (RFC 5280).

use super::fault;
use crate::redaction::clean;
use pilothouse_domain::Timestamp;
use pilothouse_domain::network::{Certificate, Fingerprint};
use pilothouse_engine::ports::provider::NetworkFault;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;
use std::net::IpAddr;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The longest text that is taken, in bytes: a company's bundle has a few dozen certificates.
const LONGEST: usize = 256 * 1024;
/// How many certificates are taken.
const MOST: usize = 64;
/// How many of a certificate's names are kept.
const MOST_NAMES: usize = 8;

/// Every certificate in a text, at least one.
pub(super) fn all(pem: &str, field: &'static str) -> Result<Vec<CertificateDer<'static>>, NetworkFault> {
    if pem.len() > LONGEST {
        return Err(fault(field, "the text is longer than 256 KiB", "Give the certificates that are needed, and no others."));
    }
    if pem.contains("PRIVATE KEY-----") {
        return Err(fault(
            field,
            "the text holds a private key",
            "Give the certificates alone. A client certificate's key has a field of its own, and goes to the keychain.",
        ));
    }
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).take(MOST + 1).collect();
    let certificates = read.map_err(|error| fault(field, format!("the text is no PEM: {error}"), PASTE))?;
    match certificates.len() {
        0 => Err(fault(field, "the text holds no certificate", PASTE)),
        1..=MOST => Ok(certificates),
        _ => Err(fault(field, format!("these are more than {MOST} certificates"), "Give those that are needed, and no others.")),
    }
}

const PASTE: &str = "Paste it with its first and last line: -----BEGIN CERTIFICATE----- … -----END CERTIFICATE-----. \
                     A file in DER is turned into PEM by: openssl x509 -inform der -in FILE.";

/// Whether every certificate in a text is that of an authority, and good at this moment.
pub(super) fn check_authorities(pem: &str, now: Timestamp) -> Result<(), NetworkFault> {
    const FIELD: &str = "ca_certificates";
    for der in all(pem, FIELD)? {
        let certificate = good(&der, FIELD, now)?;
        if !is_authority(&der) {
            return Err(fault(
                FIELD,
                format!("{} is no authority: it may not sign other certificates", certificate.subject),
                "Give the certificate of the authority (CA) that has signed the server's. To trust a single server, connect without it \
                 and trust the fingerprint that is shown then.",
            ));
        }
    }
    Ok(())
}

/// What a certificate says, where it can be read and is good at this moment.
pub(super) fn good(der: &[u8], field: &'static str, now: Timestamp) -> Result<Certificate, NetworkFault> {
    let Some(certificate) = describe(der) else {
        return Err(fault(field, "a certificate can't be read", PASTE));
    };
    let day = |at: Timestamp| at.as_datetime().format("%Y-%m-%d");
    if certificate.not_after < now {
        let message = format!("the certificate of {} has expired on {}", certificate.subject, day(certificate.not_after));
        return Err(fault(field, message, "Ask who issued it for a new one."));
    }
    if certificate.not_before > now {
        let message = format!("the certificate of {} is not good before {}", certificate.subject, day(certificate.not_before));
        return Err(fault(field, message, "Check this computer's clock, or ask who issued it."));
    }
    Ok(certificate)
}

/// What each certificate in a text says. Leaves out what can't be read.
pub(super) fn described(pem: &str) -> Vec<Certificate> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).take(MOST).filter_map(|der| describe(&der.ok()?)).collect()
}

/// What a certificate in DER says of itself. Its text is foreign: it is made fit to be shown.
pub(super) fn describe(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let shown = |name: &x509_parser::x509::X509Name<'_>| {
        let text = clean(&name.to_string(), &SecretString::from(""));
        if text.is_empty() { "(no name)".to_owned() } else { text }
    };
    let moment = |at: x509_parser::time::ASN1Time| Timestamp::from_micros(at.timestamp().checked_mul(1_000_000)?);
    Some(Certificate {
        subject: shown(certificate.subject()),
        issuer: shown(certificate.issuer()),
        fingerprint: Fingerprint::of(der),
        not_before: moment(certificate.validity().not_before)?,
        not_after: moment(certificate.validity().not_after)?,
        names: names(&certificate),
    })
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(clean(name, &SecretString::from(""))),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|octets| IpAddr::from(octets).to_string()),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|octets| IpAddr::from(octets).to_string()),
            _ => None,
        },
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).take(MOST_NAMES).collect()
}

fn is_authority(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, certificate)| certificate.is_ca())
}
