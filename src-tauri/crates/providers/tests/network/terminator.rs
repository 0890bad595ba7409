//! Stands before a plain server of this machine and speaks TLS for it, with whatever certificate a test wants.

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A certificate with its key.
pub(crate) struct Identity {
    pub(crate) der: CertificateDer<'static>,
    key: KeyPair,
}

impl Identity {
    /// As PEM.
    pub(crate) fn pem(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }

    /// Its key as PEM, in PKCS#8.
    pub(crate) fn key_pem(&self) -> String {
        pem("PRIVATE KEY", &self.key.serialize_der())
    }

    /// Its key in PKCS#8.
    pub(crate) fn key_der(&self) -> Vec<u8> {
        self.key.serialize_der()
    }

    /// As people compare it.
    pub(crate) fn fingerprint(&self) -> String {
        pilothouse_domain::network::Fingerprint::of(&self.der).to_string()
    }
}

/// Bytes as PEM (RFC 7468).
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// What a certificate is to say: for these names, good between the beginnings of these years.
pub(crate) fn params(name: &str, names: &[&str], years: (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
    params
}

pub(crate) const GOOD: (i32, i32) = (2020, 2090);

/// Signed by itself.
pub(crate) fn self_signed(name: &str, names: &[&str], years: (i32, i32)) -> Identity {
    let key = KeyPair::generate().unwrap();
    let der = params(name, names, years).self_signed(&key).unwrap().der().clone();
    Identity { der, key }
}

/// An authority.
pub(crate) struct Authority {
    pub(crate) identity: Identity,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str, years: (i32, i32)) -> Self {
        let mut params = params(name, &[], years);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().clone();
        let again = KeyPair::try_from(key.serialize_der()).unwrap();
        Self { identity: Identity { der, key }, issuer: Issuer::new(params, again) }
    }

    /// A server's certificate, signed by this authority.
    pub(crate) fn server(&self, names: &[&str], years: (i32, i32)) -> Identity {
        self.sign(params("ci.corp.example", names, years))
    }

    /// A client's.
    pub(crate) fn client(&self, name: &str, years: (i32, i32)) -> Identity {
        let mut params = params(name, &[], years);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    /// A client's, for this key.
    pub(crate) fn client_with(&self, name: &str, pkcs8: Vec<u8>) -> Identity {
        self.sign_for(params(name, &[], GOOD), KeyPair::try_from(pkcs8).unwrap())
    }

    fn sign(&self, params: CertificateParams) -> Identity {
        self.sign_for(params, KeyPair::generate().unwrap())
    }

    fn sign_for(&self, params: CertificateParams, key: KeyPair) -> Identity {
        let der = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Identity { der, key }
    }
}

fn acceptor(identity: &Identity, clients: Option<&Authority>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(authority.identity.der.clone()).unwrap();
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap())
        }
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key_der()));
    TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![identity.der.clone()], key).unwrap()))
}

/// Runs until it is dropped.
pub(crate) struct Terminator {
    pub(crate) port: u16,
    /// Handshakes that came to their end.
    pub(crate) connections: Arc<AtomicUsize>,
    shown: watch::Sender<TlsAcceptor>,
    task: JoinHandle<()>,
}

impl Drop for Terminator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Terminator {
    /// Before the server at `plain` (`http://127.0.0.1:PORT…`), as `identity`; where `clients` is given, only for those whom this
    /// authority has signed.
    pub(crate) async fn before(plain: &str, identity: &Identity, clients: Option<&Authority>) -> Self {
        let to: SocketAddr = plain.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
        let (shown, mut current) = watch::channel(acceptor(identity, clients));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, counted) = (current.borrow_and_update().clone(), Arc::clone(&counted));
                let mut changed = current.clone();
                tokio::spawn(async move {
                    let Ok(mut encrypted) = acceptor.accept(stream).await else { return };
                    counted.fetch_add(1, Ordering::SeqCst);
                    let mut plain = TcpStream::connect(to).await.unwrap();
                    // Either side may leave whenever it likes.
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut encrypted, &mut plain) => {}
                        _ = changed.changed() => {}
                    }
                });
            }
        });
        Self { port, connections, shown, task }
    }

    /// Shows another certificate from now on. What is connected is hung up on.
    pub(crate) fn show(&self, identity: &Identity) {
        self.shown.send(acceptor(identity, None)).unwrap();
    }

    /// The address of `path` there, by `host`.
    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.port)
    }

    pub(crate) fn count(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}
