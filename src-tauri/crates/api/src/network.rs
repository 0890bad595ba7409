//! How a connection reaches its server, on the wire: certificates, proxies, time-outs, and what a refused certificate says. Must not
//! carry a secret out.

use crate::connections::ConnectionCheck;
use crate::decode::{id, shown};
use crate::error::ApiError;
use crate::token::Token;
use crate::{Api, ConnectionView};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::network::{Certificate, Fingerprint, NetworkSettings};
use pilothouse_engine::ports::provider::{CertificateFault, CertificateRefusal, NetworkCertificates, NetworkSecrets};
use pilothouse_engine::usecases::{NetworkEdit, Trust};
use serde::{Deserialize, Serialize};
use specta::Type;

/// How a connection is to reach its server. What is left out is as the operating system has it.
#[derive(Clone, Debug, Default, Deserialize, Type)]
#[serde(default)]
pub struct NetworkRequest {
    /// Certificates of authorities (PEM) to trust beside those of the operating system.
    pub ca_certificates: Option<String>,
    /// The certificate (PEM) with which we say who we are.
    pub client_certificate: Option<String>,
    /// Its private key (PEM). Goes to the keychain. Left out, the one that is there stays.
    pub client_key: Option<Token>,
    /// The proxy to take in place of the system's: `http://HOST:PORT`, `https://`, `socks5://`, `socks5h://`.
    pub proxy: Option<String>,
    /// Who we are at the proxy.
    pub proxy_user: Option<String>,
    /// The password for it. Goes to the keychain. Left out, the one that is there stays.
    pub proxy_password: Option<Token>,
    /// How long connecting may take, in seconds: 1 to 120.
    pub connect_timeout_s: Option<u16>,
    /// How long a whole call may take, in seconds: 5 to 600.
    pub call_timeout_s: Option<u16>,
}

/// Another network for a connection.
#[derive(Clone, Debug, Deserialize, Type)]
pub struct EditNetworkRequest {
    /// The connection's id.
    pub id: String,
    /// What is to hold from now on.
    pub network: NetworkRequest,
    /// The SHA-256 fingerprint of the server's certificate to trust, whoever issued it. Left out, what is trusted stays.
    #[serde(default)]
    pub trusted_fingerprint: Option<String>,
    /// Trust no certificate of its own any more.
    #[serde(default)]
    pub forget_trusted: bool,
}

/// How a connection reaches its server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NetworkView {
    /// The authorities' certificates (PEM), as they were given.
    pub ca_certificates: Option<String>,
    /// What they say.
    pub authorities: Vec<CertificateView>,
    /// The client certificate (PEM), as it was given.
    pub client_certificate: Option<String>,
    /// What it says.
    pub client: Option<CertificateView>,
    /// The server's certificate that a person trusts, whoever issued it.
    pub trusted: Option<CertificateView>,
    /// The proxy.
    pub proxy: Option<String>,
    /// Who we are there.
    pub proxy_user: Option<String>,
    /// How long connecting may take, in seconds.
    pub connect_timeout_s: Option<u16>,
    /// How long a whole call may take, in seconds.
    pub call_timeout_s: Option<u16>,
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CertificateView {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Its SHA-256: 32 pairs of hexadecimal digits with colons.
    pub fingerprint: String,
    /// From when on it is good.
    pub not_before: String,
    /// Until when.
    pub not_after: String,
    /// The hosts that it is for.
    pub names: Vec<String>,
}

/// A server's certificate that was refused. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CertificateRefusalView {
    /// The server.
    pub host: String,
    /// What it showed.
    pub certificate: CertificateView,
    /// Why that is refused.
    pub fault: CertificateFaultWord,
    /// The fingerprint of the one that is trusted, where it showed another.
    pub trusted_fingerprint: Option<String>,
    /// Whether this very certificate may be trusted for the connection.
    pub can_be_trusted: bool,
}

/// Why a server's certificate is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CertificateFaultWord {
    /// It has signed itself.
    SelfSigned,
    /// Nobody who is trusted has signed it.
    UnknownIssuer,
    /// It is for other names.
    WrongName,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// Another one is trusted.
    Changed,
    /// Anything else.
    Other,
}

impl From<&Certificate> for CertificateView {
    fn from(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            fingerprint: certificate.fingerprint.to_string(),
            not_before: shown(certificate.not_before),
            not_after: shown(certificate.not_after),
            names: certificate.names.clone(),
        }
    }
}

impl From<&CertificateRefusal> for CertificateRefusalView {
    fn from(refusal: &CertificateRefusal) -> Self {
        let (fault, trusted) = match &refusal.fault {
            CertificateFault::SelfSigned => (CertificateFaultWord::SelfSigned, None),
            CertificateFault::UnknownIssuer => (CertificateFaultWord::UnknownIssuer, None),
            CertificateFault::WrongName => (CertificateFaultWord::WrongName, None),
            CertificateFault::Expired => (CertificateFaultWord::Expired, None),
            CertificateFault::NotYetValid => (CertificateFaultWord::NotYetValid, None),
            CertificateFault::Changed { trusted } => (CertificateFaultWord::Changed, Some(trusted.to_string())),
            CertificateFault::Other(_) => (CertificateFaultWord::Other, None),
        };
        Self {
            host: refusal.host.clone(),
            certificate: CertificateView::from(&refusal.certificate),
            fault,
            trusted_fingerprint: trusted,
            can_be_trusted: refusal.can_be_trusted,
        }
    }
}

impl NetworkView {
    pub(crate) fn new(connection: &Connection, certificates: &NetworkCertificates) -> Self {
        let network = &connection.settings.network;
        Self {
            ca_certificates: network.ca_certificates.clone(),
            authorities: certificates.authorities.iter().map(CertificateView::from).collect(),
            client_certificate: network.client_certificate.clone(),
            client: certificates.client.as_ref().map(CertificateView::from),
            trusted: network.trusted.as_ref().map(CertificateView::from),
            proxy: network.proxy.clone(),
            proxy_user: network.proxy_user.clone(),
            connect_timeout_s: network.connect_timeout_s,
            call_timeout_s: network.call_timeout_s,
        }
    }
}

impl NetworkRequest {
    /// What goes into the settings, and what goes to the keychain.
    pub(crate) fn parts(self) -> (NetworkSettings, NetworkSecrets) {
        let settings = NetworkSettings {
            ca_certificates: self.ca_certificates,
            client_certificate: self.client_certificate,
            trusted: None,
            proxy: self.proxy,
            proxy_user: self.proxy_user,
            connect_timeout_s: self.connect_timeout_s,
            call_timeout_s: self.call_timeout_s,
        };
        let secrets = NetworkSecrets {
            client_key: self.client_key.map(Token::into_secret),
            proxy_password: self.proxy_password.map(Token::into_secret),
        };
        (settings, secrets)
    }
}

/// A fingerprint, where one is given.
pub(crate) fn fingerprint(text: Option<&str>) -> Result<Option<Fingerprint>, ApiError> {
    let given = text.map(str::trim).filter(|text| !text.is_empty());
    given
        .map(|text| {
            text.parse().map_err(|error: pilothouse_domain::network::InvalidFingerprint| {
                ApiError::invalid("trusted_fingerprint", error.to_string(), "Copy it from the message that refuses the certificate.")
            })
        })
        .transpose()
}

impl Api {
    /// Changes how a connection reaches its server, and asks the provider who we are that way.
    ///
    /// # Errors
    /// Where a setting can't be used, or the provider can't be asked that way; the old settings stay then. To trust less is kept
    /// whatever the provider says.
    pub async fn edit_network(&self, request: EditNetworkRequest) -> Result<ConnectionCheck, ApiError> {
        let trust = match (fingerprint(request.trusted_fingerprint.as_deref())?, request.forget_trusted) {
            (Some(fingerprint), _) => Trust::Certificate(fingerprint),
            (None, true) => Trust::Forget,
            (None, false) => Trust::Keep,
        };
        let (settings, secrets) = request.network.parts();
        let edit = NetworkEdit { settings, trust, secrets };
        let (connection, verified) = self.engine.edit_network(&self.actor, id("id", &request.id)?, edit).await?;
        self.connection_check(&connection, verified.as_ref()).await
    }

    pub(crate) fn connection_view(&self, connection: &Connection, products: &[pilothouse_domain::product::Product]) -> ConnectionView {
        let certificates = self.engine.network_certificates(&connection.settings.network);
        ConnectionView::new(connection, products, &certificates)
    }
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
