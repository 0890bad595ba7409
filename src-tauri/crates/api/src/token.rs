//! A secret on its way in. Must not be shown, logged, written or sent back: it has no way out but into the keychain's hands.

use secrecy::SecretString;
use serde::Deserialize;
use specta::Type;

/// A token that a person gives. Text on the wire, wrapped at once.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(transparent)]
pub struct Token(#[specta(type = String)] SecretString);

impl Token {
    /// The secret.
    #[must_use]
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

impl From<SecretString> for Token {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}
