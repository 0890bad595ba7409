//! A server's certificate that was refused: which one, and why, so that a person can compare it and trust it on purpose.

use pilothouse_domain::network::{Certificate, Fingerprint};

/// A server whose certificate was refused. Nothing was sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRefusal {
    /// Which server: a host name or an address, without the port.
    pub host: String,
    /// What it showed.
    pub certificate: Certificate,
    /// Why that was refused.
    pub fault: CertificateFault,
    /// Whether a person may trust this very certificate for the connection: it is the server's own, and good in time.
    pub can_be_trusted: bool,
}

/// Why a server's certificate was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// It has signed itself.
    SelfSigned,
    /// Nobody who is trusted has signed it.
    UnknownIssuer,
    /// It is for other names.
    WrongName,
    /// Its time is over.
    Expired,
    /// Its time has not begun, or this computer's clock is slow.
    NotYetValid,
    /// A person has trusted another one for this connection.
    Changed {
        /// The one that is trusted.
        trusted: Fingerprint,
    },
    /// Anything else, in words.
    Other(String),
}
