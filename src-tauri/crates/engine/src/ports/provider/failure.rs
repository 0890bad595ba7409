//! Why a call to a provider failed, and what is known about its effect. How to go on follows from the kind, never from the words.

use super::certificate::CertificateRefusal;
use std::time::Duration;

/// Why a call to a provider failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProviderError {
    /// Which kind of failure.
    pub kind: ProviderErrorKind,
    /// What happened: "GitHub refuses the token".
    pub message: String,
    /// What a person can do about it.
    pub next_step: String,
}

/// Kinds of failure; each has its own reaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// The token is wrong, expired or revoked.
    Unauthorized,
    /// The token may not do this.
    Forbidden,
    /// It isn't there, or we may not see it.
    NotFound,
    /// The request is wrong: an unknown ref, a missing input.
    Invalid,
    /// It is in a state that doesn't allow this.
    Conflict,
    /// The provider, or this version of it, has nothing of the kind.
    Unsupported,
    /// Too many calls.
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The provider is down: it answered with a 5xx. A mutating call may have had its effect.
    Unavailable,
    /// The call was sent, and no answer came. A mutating call may have had its effect.
    NoAnswer,
    /// The call was provably never sent: no route, no name, connection refused, no TLS.
    NotReached,
    /// The server showed a certificate that is not trusted; nothing was sent.
    CertificateRefused(Box<CertificateRefusal>),
    /// An answer that we can't read. A mutating call may have had its effect.
    Unexpected,
}

/// What is known about the effect of a mutating call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It had none, and will have none if asked again.
    Refused,
    /// It had none, and may be asked again later.
    NotStarted,
    /// It may have had its effect.
    Unknown,
}

impl ProviderError {
    /// What is known about the effect of a mutating call that failed with this.
    #[must_use]
    pub const fn outcome(&self) -> CallOutcome {
        match self.kind {
            ProviderErrorKind::Unauthorized
            | ProviderErrorKind::Forbidden
            | ProviderErrorKind::NotFound
            | ProviderErrorKind::Invalid
            | ProviderErrorKind::Conflict
            | ProviderErrorKind::Unsupported => CallOutcome::Refused,
            ProviderErrorKind::RateLimited { .. } | ProviderErrorKind::NotReached | ProviderErrorKind::CertificateRefused(_) => {
                CallOutcome::NotStarted
            }
            ProviderErrorKind::Unavailable | ProviderErrorKind::NoAnswer | ProviderErrorKind::Unexpected => CallOutcome::Unknown,
        }
    }

    /// How long to wait before asking again, where the provider says.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            ProviderErrorKind::RateLimited { retry_after } => Some(retry_after),
            _ => None,
        }
    }
}
