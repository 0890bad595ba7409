//! The keychain's door: opens it, opens it again when it has gone away, and puts its refusals into our words.

use super::SERVICE;
use keyring_core::{CredentialStore, Entry, Error};
use pilothouse_engine::ports::KeychainError;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

type Open = fn() -> Result<Arc<CredentialStore>, Error>;

/// The open store, if it is open.
pub(super) struct StoreSlot {
    open: Open,
    /// Whether its entries take a label.
    labels: bool,
    store: Mutex<Option<Arc<CredentialStore>>>,
}

impl StoreSlot {
    /// The system's store.
    pub(super) fn of_system() -> Self {
        Self { open: open_system, labels: HAS_LABELS, store: Mutex::new(None) }
    }

    #[cfg(test)]
    pub(super) fn new(open: Open) -> Self {
        Self { open, labels: false, store: Mutex::new(None) }
    }

    /// Does `work` with an entry. Where the store turns out to have gone away since it was opened (a keyring that was restarted
    /// ends its sessions), it is opened again and the work done once more.
    pub(super) fn with_entry<T>(&self, user: &str, work: impl Fn(&Entry) -> Result<T, Error>) -> Result<T, KeychainError> {
        let mut was_open = true;
        loop {
            let store = self.current(&mut was_open)?;
            let result = self.entry(&store, user).and_then(|entry| work(&entry));
            match result {
                Err(error @ Error::PlatformFailure(_)) => {
                    *self.store.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    let refused = locked(&error);
                    if !was_open || refused {
                        return Err(in_our_words(&error));
                    }
                    // Opened anew in the next round, which is the last.
                }
                result => return result.map_err(|error| in_our_words(&error)),
            }
        }
    }

    /// The entry, with a label that people recognise in the system's keychain application, where it has labels.
    fn entry(&self, store: &Arc<CredentialStore>, user: &str) -> Result<Entry, Error> {
        let label = format!("Pilothouse: {user}");
        let modifiers = HashMap::from([("label", label.as_str())]);
        store.build(SERVICE, user, self.labels.then_some(&modifiers))
    }

    /// The store, and whether it was open before.
    fn current(&self, was_open: &mut bool) -> Result<Arc<CredentialStore>, KeychainError> {
        let mut slot = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = slot.as_ref() {
            return Ok(Arc::clone(store));
        }
        *was_open = false;
        let store = (self.open)().map_err(|error| KeychainError::Unavailable { reason: words(&error) })?;
        *slot = Some(Arc::clone(&store));
        Ok(store)
    }
}

const HAS_LABELS: bool = cfg!(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))));

#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
fn open_system() -> Result<Arc<CredentialStore>, Error> {
    // `keyring` opens its store once in a process and stays with the answer; a keyring may start, or restart, later.
    if keyring::Entry::store_status().is_ok()
        && let Some(first) = keyring_core::unset_default_store()
    {
        return Ok(first);
    }
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

#[cfg(not(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
fn open_system() -> Result<Arc<CredentialStore>, Error> {
    match keyring::Entry::store_status() {
        Ok(()) => keyring_core::get_default_store().ok_or(Error::NoDefaultStore),
        Err(error) => Err(Error::Invalid("keychain".to_owned(), words(error))),
    }
}

/// `Display` of these errors holds no secret; `Debug` may.
fn words(error: &Error) -> String {
    error.to_string()
}

fn in_our_words(error: &Error) -> KeychainError {
    let reason = words(error);
    match error {
        _ if locked(error) => KeychainError::Locked { reason },
        _ if gone(error) => KeychainError::Unavailable { reason },
        Error::NoDefaultStore | Error::NotSupportedByStore(_) => KeychainError::Unavailable { reason },
        _ => KeychainError::Failed { reason },
    }
}

#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
fn service_error(error: &Error) -> Option<&secret_service::Error> {
    match error {
        Error::PlatformFailure(inner) | Error::NoStorageAccess(inner) => inner.downcast_ref(),
        _ => None,
    }
}

/// The keychain is locked, or its prompt was dismissed.
fn locked(error: &Error) -> bool {
    #[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
    if let Some(inner) = service_error(error) {
        // `NoResult`: the prompt ended without an answer, as where nothing can show it.
        return matches!(inner, secret_service::Error::Locked | secret_service::Error::Prompt | secret_service::Error::NoResult);
    }
    matches!(error, Error::NoStorageAccess(_))
}

/// There is no keychain service (any more).
fn gone(error: &Error) -> bool {
    #[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
    if let Some(inner) = service_error(error) {
        return matches!(inner, secret_service::Error::Unavailable);
    }
    let _ = error;
    false
}
