//! Invitations to the feedback form. The token is known to the tester alone; here lies its digest. Must not make a token: that takes
//! randomness.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// An invitation of a tester.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// SHA-256 of the token, in hexadecimal.
    pub token_digest: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it opens the form.
    pub expires_at: Timestamp,
    /// True once it was taken back.
    pub is_withdrawn: bool,
}

/// Why a token doesn't open the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvitationFault {
    /// It isn't the tester's, or was taken back or replaced.
    #[error("the invitation is not known")]
    Unknown,
    /// It is too old.
    #[error("the invitation has expired")]
    Expired,
}

/// What is kept of a token. Tokens have 256 random bits, so that a plain digest can't be guessed back.
#[must_use]
pub fn token_digest(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Invitation {
    /// Whether a token opens the form now.
    ///
    /// # Errors
    /// [`InvitationFault`].
    pub fn admits(&self, token: &str, now: Timestamp) -> Result<(), InvitationFault> {
        // Digests are compared, not tokens: how long it takes tells nothing of the token.
        if self.is_withdrawn || token_digest(token) != self.token_digest {
            return Err(InvitationFault::Unknown);
        }
        if now >= self.expires_at { Err(InvitationFault::Expired) } else { Ok(()) }
    }
}
