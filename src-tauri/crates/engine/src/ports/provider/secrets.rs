//! What a client needs that lies in the keychain. Must not hold what may be shown.

use pilothouse_domain::network::Certificate;
use secrecy::SecretString;

/// The secrets of a connection.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// The token; empty where the connection has none of its own.
    pub token: SecretString,
    /// Those of its network.
    pub network: NetworkSecrets,
}

/// The secrets with which a connection's network is passed.
#[derive(Clone, Debug, Default)]
pub struct NetworkSecrets {
    /// The private key (PEM) of the client certificate.
    pub client_key: Option<SecretString>,
    /// The password for the proxy.
    pub proxy_password: Option<SecretString>,
}

impl From<SecretString> for Secrets {
    fn from(token: SecretString) -> Self {
        Self { token, network: NetworkSecrets::default() }
    }
}

/// What the certificates in a connection's settings say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkCertificates {
    /// The authorities that are trusted beside those of the operating system.
    pub authorities: Vec<Certificate>,
    /// The certificate with which we say who we are.
    pub client: Option<Certificate>,
}

/// A network setting that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NetworkFault {
    /// Which setting, by its name in [`NetworkSettings`](pilothouse_domain::network::NetworkSettings), or `client_key`.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: String,
    /// What to do instead.
    pub next_step: String,
}
