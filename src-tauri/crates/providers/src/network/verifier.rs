//! Which certificates of servers are accepted: those that the operating system or the connection's authorities vouch for, or
//! exactly the one that a person trusts for the connection's own host. Whatever is refused is kept, so that it can be shown.

use super::certificate::describe;
use pilothouse_domain::Timestamp;
use pilothouse_domain::network::{Certificate, Fingerprint};
use pilothouse_engine::ports::provider::CertificateFault;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error as TlsError, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier as PlatformVerifier;
use std::fmt;
use std::sync::Arc;

/// The one certificate that a host must show.
#[derive(Clone, Debug)]
pub(super) struct Pin {
    /// The host, without port and brackets. Other hosts, such as a proxy or a store of logs, are judged as ever.
    pub(super) host: String,
    pub(super) fingerprint: Fingerprint,
}

/// Judges servers' certificates.
#[derive(Debug)]
pub(super) struct Verifier {
    /// `None` where this machine has no list of authorities at all; then only a pin can be met.
    platform: Option<PlatformVerifier>,
    pin: Option<Pin>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// A certificate that was refused, on its way through the layers of the HTTP client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) host: String,
    /// `None` where it can't even be read.
    pub(crate) certificate: Option<Certificate>,
    pub(crate) fault: CertificateFault,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate of {} is not trusted", self.host)
    }
}

impl std::error::Error for Refused {}

/// The certificate whose refusal ended a handshake.
pub(crate) fn refused(error: &TlsError) -> Option<&Refused> {
    match error {
        TlsError::InvalidCertificate(CertificateError::Other(OtherError(inner))) => inner.downcast_ref(),
        _ => None,
    }
}

impl Verifier {
    /// A verifier that trusts the operating system and these authorities beside it.
    pub(super) fn new(
        authorities: Vec<CertificateDer<'static>>,
        pin: Option<Pin>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let platform = match PlatformVerifier::new_with_extra_roots(authorities, Arc::clone(provider)) {
            Ok(platform) => Some(platform),
            Err(_) if pin.is_some() => None,
            Err(error) => return Err(error),
        };
        Ok(Self { platform, pin, algorithms: provider.signature_verification_algorithms })
    }

    /// Why the platform's verdict is a refusal: what a person can understand best comes first.
    fn fault(
        &self,
        der: &CertificateDer<'_>,
        certificate: Option<&Certificate>,
        name: &ServerName<'_>,
        at: UnixTime,
        error: &TlsError,
    ) -> CertificateFault {
        if let Some(fault) = certificate.and_then(|certificate| out_of_time(certificate, at)) {
            return fault;
        }
        let is_named = ParsedCertificate::try_from(der).is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok());
        match error {
            TlsError::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
                CertificateFault::WrongName
            }
            TlsError::InvalidCertificate(CertificateError::Revoked) => {
                CertificateFault::Other("it was revoked by who issued it".to_owned())
            }
            TlsError::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
                CertificateFault::Other("a certificate of its issuers has expired".to_owned())
            }
            _ if certificate.is_some_and(Certificate::is_self_signed) => CertificateFault::SelfSigned,
            TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => CertificateFault::UnknownIssuer,
            _ if !is_named => CertificateFault::WrongName,
            other => CertificateFault::Other(other.to_string()),
        }
    }
}

fn out_of_time(certificate: &Certificate, at: UnixTime) -> Option<CertificateFault> {
    let now = i64::try_from(at.as_secs()).ok().and_then(|seconds| Timestamp::from_micros(seconds.checked_mul(1_000_000)?))?;
    if certificate.not_after < now {
        return Some(CertificateFault::Expired);
    }
    (certificate.not_before > now).then_some(CertificateFault::NotYetValid)
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let host = server_name.to_str().into_owned();
        let certificate = describe(end_entity);
        let pin = self.pin.as_ref().filter(|pin| pin.host.eq_ignore_ascii_case(&host));
        let fault = match (pin, &self.platform) {
            // The holder of its key is whom the person trusts: neither issuer nor name could say more. Its time still counts.
            (Some(pin), _) if pin.fingerprint == Fingerprint::of(end_entity) => {
                match certificate.as_ref().and_then(|certificate| out_of_time(certificate, now)) {
                    None => return Ok(ServerCertVerified::assertion()),
                    Some(fault) => fault,
                }
            }
            (Some(pin), _) => CertificateFault::Changed { trusted: pin.fingerprint },
            (None, Some(platform)) => match platform.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
                Ok(verified) => return Ok(verified),
                Err(error) => self.fault(end_entity, certificate.as_ref(), server_name, now, &error),
            },
            (None, None) => CertificateFault::UnknownIssuer,
        };
        let refused = Refused { host, certificate, fault };
        Err(TlsError::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refused)))))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
