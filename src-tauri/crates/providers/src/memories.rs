//! What is remembered of an account from one client to the next: kept answers, budgets, a server's habits. Held by connection and
//! dropped as soon as the base URL or the secret changes. Must not hold the secret itself.

use pilothouse_domain::ConnectionId;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

/// How many connections are remembered.
const MOST: usize = 64;

/// Memories of one provider's kind `M`, by connection.
#[derive(Debug, Default)]
pub(crate) struct Memories<M> {
    // A keyed hash with keys of this process tells whether base URL and secret are the same, and tells nothing else.
    hasher: RandomState,
    known: Mutex<HashMap<ConnectionId, (u64, Arc<M>)>>,
}

impl<M: Default> Memories<M> {
    /// The memory of a connection, or a blank one where base URL or secret is new.
    pub(crate) fn of(&self, connection: ConnectionId, base_url: &str, secret: &SecretString) -> Arc<M> {
        let print = self.hasher.hash_one((base_url, secret.expose_secret()));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((same, memory)) = known.get(&connection)
            && *same == print
        {
            return Arc::clone(memory);
        }
        if known.len() >= MOST {
            known.clear();
        }
        let memory = Arc::new(M::default());
        known.insert(connection, (print, Arc::clone(&memory)));
        memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_stays_with_its_secret_and_base() {
        let memories = Memories::<Mutex<u8>>::default();
        let id = ConnectionId::new(uuid::Uuid::from_u128(1));
        let (one, two) = (SecretString::from("one"), SecretString::from("two"));
        let first = memories.of(id, "https://a", &one);
        assert!(Arc::ptr_eq(&first, &memories.of(id, "https://a", &one)));
        assert!(!Arc::ptr_eq(&first, &memories.of(id, "https://a", &two)), "another token sees other things");
        assert!(!Arc::ptr_eq(&first, &memories.of(id, "https://b", &one)));
    }
}
