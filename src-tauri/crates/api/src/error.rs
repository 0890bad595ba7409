//! What can go wrong, as hosts tell it: one closed list of codes, and one table from the engine's errors to it. Must not hold
//! secrets: the engine's texts don't.

use crate::blockers::BlockerView;
use crate::network::CertificateRefusalView;
use pilothouse_engine::EngineError;
use pilothouse_engine::ports::{KeychainError, ProviderError, ProviderErrorKind, StoreError};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Why a function did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// Which kind of failure.
    pub code: ErrorCode,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do next; empty where nothing can be said.
    pub next_step: String,
    /// The field of the request that is wrong, where it is one.
    pub field: Option<String>,
    /// The rules that don't hold, where policy refuses it.
    pub blockers: Vec<BlockerView>,
    /// The certificate of the server, where that is what is refused.
    pub certificate: Option<Box<CertificateRefusalView>>,
}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// It isn't there.
    NotFound,
    /// Somebody was faster, or it is in a state that doesn't allow this.
    Conflict,
    /// The name or place is in use.
    Taken,
    /// Something else still needs it.
    InUse,
    /// What was given is wrong; `field` says where.
    Invalid,
    /// Policy refuses it; `blockers` say why.
    Blocked,
    /// The provider refuses the token.
    Unauthorized,
    /// The token may not do this.
    Forbidden,
    /// The provider doesn't know it, or doesn't show it to this account.
    ProviderNotFound,
    /// The provider said no.
    ProviderRefused,
    /// The provider counts too many calls.
    RateLimited,
    /// The provider is down, or gave no answer that can be read.
    ProviderUnreachable,
    /// The server's certificate is not trusted; `certificate` says which it is.
    CertificateRefused,
    /// No keychain can be used.
    KeychainUnavailable,
    /// The keychain is locked.
    KeychainLocked,
    /// The keychain holds no token for the connection.
    NoSecret,
    /// A file in the repository sets it.
    KeptInFile,
    /// The database can't grow.
    DatabaseFull,
    /// The database can't be reached.
    DatabaseUnreachable,
    /// The database can't be read.
    DatabaseCorrupt,
    /// Anything else.
    Internal,
}

impl ApiError {
    /// An error without field or blockers.
    pub fn new(code: ErrorCode, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { code, message: message.into(), next_step: next_step.into(), field: None, blockers: Vec::new(), certificate: None }
    }

    /// A wrong field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(ErrorCode::Invalid, message, next_step) }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let (code, next_step) = match &error {
            StoreError::NotFound { .. } => (ErrorCode::NotFound, "It may have been removed meanwhile. Look at the list again."),
            StoreError::Conflict { .. } => (ErrorCode::Conflict, "Look at it again, then repeat what is still needed."),
            StoreError::Taken { .. } => (ErrorCode::Taken, "Choose another one, or change what has it."),
            StoreError::InUse { .. } => (ErrorCode::InUse, "Change what uses it first."),
            StoreError::Full { .. } => (ErrorCode::DatabaseFull, "Free some space where the database lies, then try again."),
            StoreError::Unreachable { .. } => {
                (ErrorCode::DatabaseUnreachable, "See whether the database runs and can be reached, then try again.")
            }
            StoreError::Corrupt { .. } => {
                (ErrorCode::DatabaseCorrupt, "Update Pilothouse if a newer version wrote it; else restore a backup of the database.")
            }
            StoreError::Failed { .. } => (ErrorCode::Internal, "Try again. If it stays, the log file says more."),
        };
        Self::new(code, error.to_string(), next_step)
    }
}

impl From<ProviderError> for ApiError {
    fn from(error: ProviderError) -> Self {
        let code = match error.kind {
            ProviderErrorKind::Unauthorized => ErrorCode::Unauthorized,
            ProviderErrorKind::Forbidden => ErrorCode::Forbidden,
            ProviderErrorKind::NotFound => ErrorCode::ProviderNotFound,
            ProviderErrorKind::Invalid | ProviderErrorKind::Conflict | ProviderErrorKind::Unsupported => ErrorCode::ProviderRefused,
            ProviderErrorKind::RateLimited { .. } => ErrorCode::RateLimited,
            ProviderErrorKind::CertificateRefused(refusal) => {
                let certificate = Some(Box::new(CertificateRefusalView::from(refusal.as_ref())));
                return Self { certificate, ..Self::new(ErrorCode::CertificateRefused, error.message, error.next_step) };
            }
            ProviderErrorKind::Unavailable
            | ProviderErrorKind::NoAnswer
            | ProviderErrorKind::NotReached
            | ProviderErrorKind::Unexpected => ErrorCode::ProviderUnreachable,
        };
        Self::new(code, error.message, error.next_step)
    }
}

impl From<KeychainError> for ApiError {
    fn from(error: KeychainError) -> Self {
        let code = match &error {
            KeychainError::Locked { .. } => ErrorCode::KeychainLocked,
            KeychainError::Unavailable { .. } | KeychainError::NoAnswer { .. } | KeychainError::Failed { .. } => {
                ErrorCode::KeychainUnavailable
            }
        };
        Self::new(code, error.to_string(), error.next_step())
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        let message = error.to_string();
        match error {
            EngineError::Store(error) => error.into(),
            EngineError::Provider(error) => error.into(),
            EngineError::Keychain(error) => error.into(),
            EngineError::Blocked(blockers) => Self {
                blockers: blockers.iter().map(BlockerView::from).collect(),
                ..Self::new(ErrorCode::Blocked, message, "Clear what doesn't hold, then try again.")
            },
            EngineError::Release(_) => {
                Self::new(ErrorCode::Conflict, message, "Look at the release again: its state allows something else now.")
            }
            EngineError::Deployment(_) => {
                Self::new(ErrorCode::Conflict, message, "Look at the deployment again: its state allows something else now.")
            }
            EngineError::Checklist(refusal) => crate::checklists::refused(&refusal),
            EngineError::Round(refusal) => crate::uat::round_refused(&refusal),
            EngineError::Runbook(refusal) => crate::runbooks::runbook_refused(&refusal),
            EngineError::Feedback(refusal) => crate::feedback::feedback_refused(&refusal),
            EngineError::Review(refusal) => crate::reviews::review_refused(&refusal),
            EngineError::CoordinatedRun(_) => {
                Self::new(ErrorCode::Conflict, message, "Look at it again: it may have moved on, or somebody else may have answered.")
            }
            EngineError::Gate(_) => Self::new(ErrorCode::Conflict, message, "Look at it again: somebody else may have answered it."),
            EngineError::Invalid { field, message, next_step } => Self::invalid(field, message, next_step),
            EngineError::NoClientKey { .. } => Self::new(
                ErrorCode::NoSecret,
                message,
                "Give the key again in the connection's network settings. Each computer keeps its keys in its own keychain.",
            ),
            EngineError::KeptInFile { .. } => Self::new(
                ErrorCode::KeptInFile,
                message,
                "Change it in the file and apply it from the product's settings, or let go of the file there.",
            ),
            EngineError::NoSecret { .. } => Self::new(
                ErrorCode::NoSecret,
                message,
                "Give the token again with “Replace token”. Each computer keeps its tokens in its own keychain.",
            ),
        }
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
