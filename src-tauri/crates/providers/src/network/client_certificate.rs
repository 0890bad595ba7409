//! The certificate with which we say who we are (mutual TLS), and its private key. The key comes from the keychain and goes into a
//! client; no message quotes it.

use super::certificate::{all, good};
use super::fault;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::NetworkFault;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use secrecy::{ExposeSecret, SecretString};

const FIELD: &str = "client_certificate";
const KEY: &str = "client_key";

/// Whether the certificate is good at this moment, and the key belongs to it.
pub(super) fn check(pem: &str, key: Option<&SecretString>, now: Timestamp) -> Result<(), NetworkFault> {
    let chain = all(pem, FIELD)?;
    if let Some(first) = chain.first() {
        good(first, FIELD, now)?;
    }
    let key = key.ok_or_else(|| {
        fault(KEY, "the private key of the client certificate is missing", "Give the key that was made with the certificate, as PEM.")
    })?;
    read(pem, key).map(drop)
}

/// The chain and its key, which belong to each other.
pub(super) fn read(pem: &str, key: &SecretString) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), NetworkFault> {
    let chain = all(pem, FIELD)?;
    let key = private_key(key)?;
    let signing = any_supported_type(&key).map_err(|_| {
        fault(
            KEY,
            "the private key is of a kind that can't be used",
            "Use a key for RSA (2048 bits or more), ECDSA (P-256, P-384) or Ed25519.",
        )
    })?;
    CertifiedKey::new(chain.clone(), signing).keys_match().map_err(|_| {
        fault(
            KEY,
            "the private key doesn't belong to the client certificate",
            "Give the key that the certificate was made for; in a chain, your own certificate comes first.",
        )
    })?;
    Ok((chain, key))
}

/// A key in PKCS#8, PKCS#1 or SEC1.
fn private_key(pem: &SecretString) -> Result<PrivateKeyDer<'static>, NetworkFault> {
    let text = pem.expose_secret();
    if text.contains("ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(fault(
            KEY,
            "the private key is protected by a passphrase",
            "Take the passphrase off (openssl pkey -in FILE), and give what comes out. The keychain protects it from then on.",
        ));
    }
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        // The library's words could quote the key.
        fault(
            KEY,
            "the text holds no private key that can be read",
            "Paste it with its first and last line: -----BEGIN PRIVATE KEY----- … -----END PRIVATE KEY----- (PKCS#8; also RSA or EC).",
        )
    })
}
