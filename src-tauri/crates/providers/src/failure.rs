//! Short ways to make a [`ProviderError`]. Must not classify: which kind a failure has is decided where it is seen.

use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};

/// A failure of this kind: what happened, and what a person can do about it.
pub(crate) fn failure(kind: ProviderErrorKind, message: impl Into<String>, next_step: impl Into<String>) -> ProviderError {
    ProviderError { kind, message: message.into(), next_step: next_step.into() }
}

/// A request that is wrong before it is sent.
pub(crate) fn invalid(message: impl Into<String>, next_step: impl Into<String>) -> ProviderError {
    failure(ProviderErrorKind::Invalid, message, next_step)
}

/// An answer that can't be used.
pub(crate) fn unexpected(message: impl Into<String>, next_step: impl Into<String>) -> ProviderError {
    failure(ProviderErrorKind::Unexpected, message, next_step)
}
