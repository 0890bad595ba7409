//! The operating system's keychain: Secret Service on Linux, Keychain Services on macOS, Credential Manager on Windows. Must not
//! keep a secret anywhere else, and must not hold one longer than a call takes.

mod store;

use crate::redact::Redactor;
use async_trait::async_trait;
use pilothouse_domain::signature::SEED_LENGTH;
use pilothouse_domain::{Actor, ConnectionId, ProductId};
use pilothouse_engine::ports::{Keychain, KeychainError, SecretPart, SigningSeed};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use std::sync::Arc;
use std::time::Duration;
use store::StoreSlot;
use tokio::sync::{Semaphore, oneshot};

/// The service under which every secret of Pilothouse lies; the user is the connection's id.
pub const SERVICE: &str = "app.pilothouse";

/// The user of the entry that [`Keychain::probe`] writes and removes. Each process has its own: one that another process removes
/// in the middle of a look-up would make the keychain fail.
fn probe_user() -> String {
    format!("probe {}", std::process::id())
}

/// How long a call may take: somebody may have to type a password to unlock the keychain.
const LIMIT: Duration = Duration::from_secs(30);

/// The keychain of this person on this machine.
///
/// Every secret that passes through is told to the [`Redactor`]. Calls are made one after another, each on a thread of its own that
/// a process may end without: a prompt that nobody answers holds up later calls (they end with [`KeychainError::NoAnswer`]), and
/// nothing else.
#[derive(Clone)]
pub struct OsKeychain {
    store: Arc<StoreSlot>,
    turn: Arc<Semaphore>,
    redactor: Redactor,
    limit: Duration,
}

impl OsKeychain {
    /// The system's keychain. Opened when it is first used, and again after it went away.
    #[must_use]
    pub fn new(redactor: Redactor) -> Self {
        Self::over(StoreSlot::of_system(), redactor, LIMIT)
    }

    fn over(store: StoreSlot, redactor: Redactor, limit: Duration) -> Self {
        Self { store: Arc::new(store), turn: Arc::new(Semaphore::new(1)), redactor, limit }
    }

    /// Does `work` with an entry, off the async threads, within the limit.
    async fn with_entry<T: Send + 'static>(
        &self,
        user: String,
        work: impl Fn(&keyring_core::Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, KeychainError> {
        let store = Arc::clone(&self.store);
        let turn = Arc::clone(&self.turn);
        let call = async move {
            let failed = |reason: String| KeychainError::Failed { reason };
            let permit = turn.acquire_owned().await.map_err(|error| failed(error.to_string()))?;
            let (answer, answered) = oneshot::channel();
            // Not the runtime's blocking threads: it would wait at its end for a prompt that nobody answers.
            std::thread::Builder::new()
                .name("keychain".to_owned())
                .spawn(move || {
                    let result = store.with_entry(&user, work);
                    drop(permit);
                    // Nobody waits any more where the limit was reached.
                    let _ = answer.send(result);
                })
                .map_err(|error| failed(error.to_string()))?;
            answered.await.unwrap_or_else(|_| Err(failed("the call ended without an answer".to_owned())))
        };
        tokio::time::timeout(self.limit, call).await.unwrap_or(Err(KeychainError::NoAnswer { seconds: self.limit.as_secs() }))
    }
}

#[async_trait]
impl Keychain for OsKeychain {
    async fn read(&self, connection: ConnectionId) -> Result<Option<SecretString>, KeychainError> {
        let secret = self.with_entry(connection.to_string(), read).await?;
        if let Some(secret) = &secret {
            self.redactor.register(secret);
        }
        Ok(secret)
    }

    async fn write(&self, connection: ConnectionId, secret: SecretString) -> Result<(), KeychainError> {
        self.redactor.register(&secret);
        self.with_entry(connection.to_string(), move |entry| entry.set_secret(secret.expose_secret().as_bytes())).await
    }

    async fn remove(&self, connection: ConnectionId) -> Result<(), KeychainError> {
        self.with_entry(connection.to_string(), remove).await
    }

    async fn read_part(&self, connection: ConnectionId, part: SecretPart) -> Result<Option<SecretString>, KeychainError> {
        let secret = self.with_entry(part_entry(connection, part), read).await?;
        if let Some(secret) = &secret {
            self.redactor.register(secret);
        }
        Ok(secret)
    }

    async fn write_part(&self, connection: ConnectionId, part: SecretPart, secret: SecretString) -> Result<(), KeychainError> {
        self.redactor.register(&secret);
        self.with_entry(part_entry(connection, part), move |entry| entry.set_secret(secret.expose_secret().as_bytes())).await
    }

    async fn remove_part(&self, connection: ConnectionId, part: SecretPart) -> Result<(), KeychainError> {
        self.with_entry(part_entry(connection, part), remove).await
    }

    async fn read_smoke_secret(&self, product: ProductId, name: &str) -> Result<Option<SecretString>, KeychainError> {
        let secret = self.with_entry(smoke_entry(product, name), read).await?;
        if let Some(secret) = &secret {
            self.redactor.register(secret);
        }
        Ok(secret)
    }

    async fn write_smoke_secret(&self, product: ProductId, name: &str, secret: Option<SecretString>) -> Result<(), KeychainError> {
        let entry = smoke_entry(product, name);
        let Some(secret) = secret else { return self.with_entry(entry, remove).await };
        self.redactor.register(&secret);
        self.with_entry(entry, move |entry| entry.set_secret(secret.expose_secret().as_bytes())).await
    }

    /// The entry is written and read again: of two processes that make one at a time, both use what stands in the end.
    async fn signing_seed(&self, person: &Actor) -> Result<SigningSeed, KeychainError> {
        let redactor = self.redactor.clone();
        let told = move |seed: SecretString| {
            redactor.register(&seed);
            seed
        };
        let entry = signing_entry(person);
        let known = match self.with_entry(entry.clone(), read).await? {
            Some(seed) => told(seed),
            None => {
                let fresh = told(random_seed()?);
                let written = self.with_entry(entry, move |entry| {
                    entry.set_secret(fresh.expose_secret().as_bytes())?;
                    read(entry)
                });
                let failed = || KeychainError::Failed { reason: "the signing key that was just written isn't there".to_owned() };
                told(written.await?.ok_or_else(failed)?)
            }
        };
        seed_of(&known).ok_or_else(|| KeychainError::Failed { reason: "its entry with the signing key is damaged".to_owned() })
    }

    /// Writes an entry that holds no secret, reads it and removes it again: nothing else shows whether a locked keychain opens.
    async fn probe(&self) -> Result<(), KeychainError> {
        self.with_entry(probe_user(), |entry| {
            let written = entry.set_secret(b"probe").and_then(|()| entry.get_secret());
            let removed = remove(entry);
            written.and(removed)
        })
        .await
    }
}

/// The user of the entry that holds a further secret of a connection.
fn part_entry(connection: ConnectionId, part: SecretPart) -> String {
    format!("{connection} {}", part.word())
}

/// The user of the entry that holds a named secret of a product's smoke tests.
fn smoke_entry(product: ProductId, name: &str) -> String {
    format!("{product} smoke {name}")
}

/// The user of the entry that holds a person's signing key.
fn signing_entry(person: &Actor) -> String {
    format!("signing key of {person}")
}

/// A new seed from the system's source of randomness, in hexadecimal.
fn random_seed() -> Result<SecretString, KeychainError> {
    let mut seed = Zeroizing::new([0_u8; SEED_LENGTH]);
    getrandom::fill(seed.as_mut())
        .map_err(|error| KeychainError::Failed { reason: format!("no randomness for a signing key: {error}") })?;
    Ok(SecretString::from(seed.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// A seed from its hexadecimal form.
fn seed_of(text: &SecretString) -> Option<SigningSeed> {
    let text = text.expose_secret();
    if text.len() != 2 * SEED_LENGTH || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut seed = Zeroizing::new([0_u8; SEED_LENGTH]);
    for (byte, at) in seed.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(SecretBox::new(Box::new(*seed)))
}

fn read(entry: &keyring_core::Entry) -> keyring_core::Result<Option<SecretString>> {
    let bytes = match entry.get_secret() {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(keyring_core::Error::NoEntry) => return Ok(None),
        Err(error) => return Err(error),
    };
    // Without the bytes: an error may be shown.
    let text = std::str::from_utf8(&bytes).map_err(|_| keyring_core::Error::BadEncoding(Vec::new()))?;
    Ok(Some(SecretString::from(text)))
}

fn remove(entry: &keyring_core::Entry) -> keyring_core::Result<()> {
    match entry.delete_credential() {
        Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
