//! Short ways to make a [`ProviderError`]. Must not classify: which kind a failure has is decided where it is seen.

use pilothouse_engine::ports::provider::{CallOutcome, ProviderError, ProviderErrorKind};

/// A failure of this kind: what happened, and what a person can do about it.
pub(crate) fn failure(kind: ProviderErrorKind, message: impl Into<String>, next_step: impl Into<String>) -> ProviderError {
    ProviderError { kind, message: message.into(), next_step: next_step.into() }
}

/// A request that is wrong before it is sent.
pub(crate) fn invalid(message: impl Into<String>, next_step: impl Into<String>) -> ProviderError {
    failure(ProviderErrorKind::Invalid, message, next_step)
}

/// The failure of a read before a mutating call: that call was not sent, so nothing can have come of it.
pub(crate) fn unsent(mut error: ProviderError) -> ProviderError {
    if error.outcome() == CallOutcome::Unknown {
        error.kind = ProviderErrorKind::NotReached;
        error.message.push_str(" Nothing was started.");
    }
    error
}

/// An answer that can't be used.
pub(crate) fn unexpected(message: impl Into<String>, next_step: impl Into<String>) -> ProviderError {
    failure(ProviderErrorKind::Unexpected, message, next_step)
}
