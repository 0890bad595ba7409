//! The operating system's keychain: the one place where secrets lie. There is no other: where it can't be used, the answer is a
//! refusal that says what to do, never a file.

use async_trait::async_trait;
use pilothouse_domain::signature::SEED_LENGTH;
use pilothouse_domain::{Actor, ConnectionId, ProductId};
use secrecy::{SecretBox, SecretString};

/// The seed of a signing key (Ed25519).
pub type SigningSeed = SecretBox<[u8; SEED_LENGTH]>;

/// A further secret of a connection, beside its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretPart {
    /// The private key (PEM) of its client certificate.
    ClientKey,
    /// Its password for the proxy.
    ProxyPassword,
}

impl SecretPart {
    /// Every part there is.
    pub const ALL: &'static [Self] = &[Self::ClientKey, Self::ProxyPassword];

    /// Its word in the name of the keychain's entry.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ClientKey => "client key",
            Self::ProxyPassword => "proxy password",
        }
    }
}

/// The keychain.
#[async_trait]
pub trait Keychain: Send + Sync {
    /// The secret of a connection; `None` where there is none.
    async fn read(&self, connection: ConnectionId) -> Result<Option<SecretString>, KeychainError>;

    /// Keeps the secret of a connection, in place of an earlier one.
    async fn write(&self, connection: ConnectionId, secret: SecretString) -> Result<(), KeychainError>;

    /// Forgets the secret of a connection. Forgetting what isn't there is no error.
    async fn remove(&self, connection: ConnectionId) -> Result<(), KeychainError>;

    /// A further secret of a connection, in an entry of its own; `None` where there is none.
    async fn read_part(&self, connection: ConnectionId, part: SecretPart) -> Result<Option<SecretString>, KeychainError>;

    /// Keeps a further secret of a connection, in place of an earlier one.
    async fn write_part(&self, connection: ConnectionId, part: SecretPart, secret: SecretString) -> Result<(), KeychainError>;

    /// Forgets a further secret of a connection. Forgetting what isn't there is no error.
    async fn remove_part(&self, connection: ConnectionId, part: SecretPart) -> Result<(), KeychainError>;

    /// A named secret of a product's smoke tests; `None` where there is none.
    async fn read_smoke_secret(&self, product: ProductId, name: &str) -> Result<Option<SecretString>, KeychainError>;

    /// Keeps a named secret of a product's smoke tests, in place of an earlier one; `None` forgets it, which is no error where there is none.
    async fn write_smoke_secret(&self, product: ProductId, name: &str, secret: Option<SecretString>) -> Result<(), KeychainError>;

    /// The seed of the key with which a person signs on this machine, in an entry of its own. Made at random where there is none
    /// yet; from then on always the same.
    async fn signing_seed(&self, person: &Actor) -> Result<SigningSeed, KeychainError>;

    /// The seed of the key with which this installation signs what it hands to auditors: a key of no person, made once, as theirs are.
    async fn bundle_seed(&self) -> Result<SigningSeed, KeychainError> {
        self.signing_seed(&Actor::Engine).await
    }

    /// Whether secrets can be kept at all, without keeping one.
    async fn probe(&self) -> Result<(), KeychainError>;
}

/// Why the keychain can't be used. The texts name the way out and never a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// There is no keychain service on this machine or in this session.
    #[error("no keychain is available: {reason}")]
    Unavailable {
        /// What the system said.
        reason: String,
    },
    /// The keychain is locked, and wasn't unlocked when asked.
    #[error("the keychain is locked: {reason}")]
    Locked {
        /// What the system said.
        reason: String,
    },
    /// The keychain gave no answer in time.
    #[error("the keychain did not answer within {seconds} s")]
    NoAnswer {
        /// How long it was waited for.
        seconds: u64,
    },
    /// Anything else.
    #[error("the keychain failed: {reason}")]
    Failed {
        /// What the system said.
        reason: String,
    },
}

impl KeychainError {
    /// What a person can do about it.
    #[must_use]
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => {
                "Start a Secret Service, such as GNOME Keyring or KWallet, in this session and try again. Pilothouse keeps tokens nowhere else."
            }
            Self::Locked { .. } => "Unlock the login keyring (it usually opens with your login password) and try again.",
            Self::NoAnswer { .. } => "A prompt to unlock the keychain may be waiting behind another window. Answer it and try again.",
            Self::Failed { .. } => "Look at the system's keychain application, then try again.",
        }
    }
}
