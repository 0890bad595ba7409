//! How a connection's server is reached, as arguments: files of certificates, a proxy, time-outs. Must not take a secret as an
//! argument: a key comes from a file, the proxy's password from the environment.

use crate::input;
use crate::token::from_environment;
use clap::{Args, ValueEnum};
use pilothouse_api::{ApiError, CertificateView, NetworkRequest, NetworkView, Token};
use secrecy::SecretString;
use std::path::PathBuf;

/// The environment variable that may hold the proxy's password.
const PROXY_PASSWORD_VAR: &str = "PILOTHOUSE_PROXY_PASSWORD";

/// How the server is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArguments {
    /// Certificates (PEM) of authorities to trust beside the operating system's; may be given several times
    #[arg(long, value_name = "FILE")]
    ca_file: Vec<PathBuf>,
    /// The certificate (PEM) to show to a server that asks for one
    #[arg(long, value_name = "FILE", requires = "client_key_file")]
    client_cert: Option<PathBuf>,
    /// Its private key (PEM, without a passphrase); goes to the keychain
    #[arg(long, value_name = "FILE")]
    client_key_file: Option<PathBuf>,
    /// Trust the server's certificate with this SHA-256, whoever issued it; the server must show it now
    #[arg(long, value_name = "SHA-256")]
    pub(crate) trust_fingerprint: Option<String>,
    /// The proxy in place of the system's: http://HOST:PORT, https://, socks5://, socks5h://
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// Who we are at the proxy; its password is taken from PILOTHOUSE_PROXY_PASSWORD
    #[arg(long, value_name = "NAME")]
    proxy_user: Option<String>,
    /// Seconds that a whole call may take: 5 to 600
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u16>,
    /// Seconds that connecting may take: 1 to 120
    #[arg(long, value_name = "SECONDS")]
    connect_timeout: Option<u16>,
}

/// What can go back to how it is without a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NetworkPart {
    /// The authorities of its own
    Ca,
    /// The client certificate and its key
    ClientCert,
    /// The server's certificate that is trusted
    Fingerprint,
    /// The proxy, its user and password
    Proxy,
    /// The time-outs
    Timeouts,
}

impl NetworkArguments {
    /// What is to hold: what is given, else what `was`, but for what is reset.
    pub(crate) fn request(&self, was: Option<&NetworkView>, reset: &[NetworkPart]) -> Result<NetworkRequest, ApiError> {
        let was = |part: NetworkPart| was.filter(|_| !reset.contains(&part));
        let read = |path: &PathBuf| input::text(path);
        let authorities: Result<Vec<String>, ApiError> = self.ca_file.iter().map(read).collect();
        let authorities = Some(authorities?.join("\n")).filter(|text| !text.is_empty());
        let proxy = was(NetworkPart::Proxy);
        let timeouts = was(NetworkPart::Timeouts);
        Ok(NetworkRequest {
            ca_certificates: authorities.or_else(|| was(NetworkPart::Ca)?.ca_certificates.clone()),
            client_certificate: match &self.client_cert {
                Some(path) => Some(read(path)?),
                None => was(NetworkPart::ClientCert).and_then(|was| was.client_certificate.clone()),
            },
            client_key: self.client_key_file.as_ref().map(|path| read(path).map(|key| Token::from(SecretString::from(key)))).transpose()?,
            proxy: self.proxy.clone().or_else(|| proxy?.proxy.clone()),
            proxy_user: self.proxy_user.clone().or_else(|| proxy?.proxy_user.clone()),
            proxy_password: from_environment(PROXY_PASSWORD_VAR),
            connect_timeout_s: self.connect_timeout.or_else(|| timeouts?.connect_timeout_s),
            call_timeout_s: self.timeout.or_else(|| timeouts?.call_timeout_s),
        })
    }
}

/// The network of a connection, as lines of a list.
pub(crate) fn shown(network: &NetworkView) -> Vec<(&'static str, String)> {
    let certificate = |view: &CertificateView| {
        let until = view.not_after.get(..10).unwrap_or_default();
        format!("{}, until {until}, SHA-256 {}", view.subject, view.fingerprint)
    };
    let seconds = |given: Option<u16>| given.map(|seconds| format!("{seconds} s")).unwrap_or_default();
    let proxy = match (&network.proxy, &network.proxy_user) {
        (Some(proxy), Some(user)) => format!("{proxy} as {user}"),
        (proxy, _) => proxy.clone().unwrap_or_default(),
    };
    let mut lines: Vec<(&'static str, String)> = network.authorities.iter().map(|view| ("authority", certificate(view))).collect();
    lines.push(("trusted", network.trusted.as_ref().map(certificate).unwrap_or_default()));
    lines.push(("shows", network.client.as_ref().map(certificate).unwrap_or_default()));
    lines.push(("proxy", proxy));
    lines.push(("time-out", seconds(network.call_timeout_s)));
    lines.push(("connecting", seconds(network.connect_timeout_s)));
    lines
}
