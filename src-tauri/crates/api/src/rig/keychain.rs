//! The rig's keychain: maps in memory, and a signing key made of the person's name.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::Fakes;
use async_trait::async_trait;
use pilothouse_domain::signature::SEED_LENGTH;
use pilothouse_domain::{Actor, ConnectionId, ProductId};
use pilothouse_engine::ports::{Keychain, KeychainError, SecretPart, SigningSeed};
use secrecy::{SecretBox, SecretString};

#[async_trait]
impl Keychain for Fakes {
    async fn read(&self, connection: ConnectionId) -> Result<Option<SecretString>, KeychainError> {
        Ok(self.0.secrets.lock().unwrap().get(&connection).cloned())
    }

    async fn write(&self, connection: ConnectionId, secret: SecretString) -> Result<(), KeychainError> {
        self.0.secrets.lock().unwrap().insert(connection, secret);
        Ok(())
    }

    async fn remove(&self, connection: ConnectionId) -> Result<(), KeychainError> {
        self.0.secrets.lock().unwrap().remove(&connection);
        Ok(())
    }

    async fn read_part(&self, connection: ConnectionId, part: SecretPart) -> Result<Option<SecretString>, KeychainError> {
        Ok(self.0.parts.lock().unwrap().get(&(connection, part)).cloned())
    }

    async fn write_part(&self, connection: ConnectionId, part: SecretPart, secret: SecretString) -> Result<(), KeychainError> {
        self.0.parts.lock().unwrap().insert((connection, part), secret);
        Ok(())
    }

    async fn remove_part(&self, connection: ConnectionId, part: SecretPart) -> Result<(), KeychainError> {
        self.0.parts.lock().unwrap().remove(&(connection, part));
        Ok(())
    }

    async fn read_smoke_secret(&self, product: ProductId, name: &str) -> Result<Option<SecretString>, KeychainError> {
        Ok(self.0.smoke_secrets.lock().unwrap().get(&(product, name.to_owned())).cloned())
    }

    async fn write_smoke_secret(&self, product: ProductId, name: &str, secret: Option<SecretString>) -> Result<(), KeychainError> {
        let mut secrets = self.0.smoke_secrets.lock().unwrap();
        match secret {
            Some(secret) => drop(secrets.insert((product, name.to_owned()), secret)),
            None => drop(secrets.remove(&(product, name.to_owned()))),
        }
        Ok(())
    }

    async fn signing_seed(&self, person: &Actor) -> Result<SigningSeed, KeychainError> {
        let mut seed = [0; SEED_LENGTH];
        seed.iter_mut().zip(person.to_string().bytes()).for_each(|(byte, letter)| *byte = letter);
        Ok(SecretBox::new(Box::new(seed)))
    }

    async fn probe(&self) -> Result<(), KeychainError> {
        Ok(())
    }
}
